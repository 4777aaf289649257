"""Splits commands into words, as a shell does."""

from __future__ import annotations

from io import StringIO

from compiler.syntax.templates import Hole, read_template


def read_words(text: str) -> tuple[str, ...]:
    """Return the words of a command; a hole never parts words, whatever stands in it.

    Raises:
        ValueError: a quote is not closed, or nothing follows the last backslash.
    """
    import shlex  # it imports more than a check of other steps should wait for

    lexer = shlex.shlex(_Characters(text), posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    return tuple(lexer)


class _Characters(StringIO):
    """The characters of a text, of which each hole is one."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._characters = (
            character
            for part in read_template(text)
            for character in ((part.text,) if isinstance(part, Hole) else part)
        )

    def read(self, size: int | None = 1) -> str:
        """Return the next one; empty at the end."""
        return next(self._characters, "")
