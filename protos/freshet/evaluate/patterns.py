r"""Regular expressions of pipelines: JavaScript's, searched in time linear in the text.

RE2 knows neither look-around nor back-references; everything else is translated into what means
the same to it. What remains different: without the flag `u`, JavaScript takes a character beyond
U+FFFF for two, and U+017F and U+212A for letters of their own when case is ignored; with the flag
`m`, its lines end at more than a line feed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Protocol

from freshet.evaluate.values import PatternError, to_text

_FLAGS = frozenset("dgimsuy")
"""`d` and `g` change nothing where only presence is asked for."""
_MAX_MEMORY_BYTES = 1 << 20
_WRITTEN = re.compile(r"/(.*)/([A-Za-z]*)", re.DOTALL)


_MAX_INSTRUCTIONS = 6_000
"""Each may cost time for each character of the text; `^\\w{1,255}$` has 2300."""


class _Compiled(Protocol):
    programsize: int

    def search(self, text: str) -> object: ...


def search(body: str, flags: str, text: str) -> bool:
    """Return whether `text` has a place that fits.

    Raises:
        PatternError: `body` or `flags` cannot be read, or RE2 cannot do what they say.
    """
    return compiled(body, flags).search(text) is not None


def fits_branch(branch: str, pattern: str) -> bool:
    """Return whether a branch is `pattern`, or fits it when it is written `/body/flags`.

    Raises:
        PatternError: as `search`. The arguments are UTF-16 units.
    """
    if written := split_pattern(to_text(pattern)):
        return search(*written, to_text(branch))
    return branch == pattern


def split_pattern(text: str) -> tuple[str, str] | None:
    """Return body and flags of `/body/flags`; None: it is plain text."""
    written = _WRITTEN.fullmatch(text)
    return (written[1], written[2]) if written else None


@lru_cache(maxsize=128)
def compiled(body: str, flags: str) -> _Compiled:
    """Return a pattern to search with.

    Raises:
        PatternError: as `search`.
    """
    from freshet.evaluate.translation import translated  # few pipelines have patterns

    _check_flags(flags)
    pattern = translated(body, unicode="u" in flags, dot_fits_breaks="s" in flags)
    if "m" in flags:
        pattern = f"(?m:{pattern})"
    return _compiled(rf"\A(?:{pattern})" if "y" in flags else pattern, "i" in flags)


def _check_flags(flags: str) -> None:
    for flag in flags:
        if flag not in _FLAGS:
            raise PatternError(f'the flag "{flag}" is unknown')
        if flags.count(flag) > 1:
            raise PatternError(f'the flag "{flag}" stands twice')


def _compiled(pattern: str, ignore_case: bool) -> _Compiled:
    import re2  # as above

    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.log_errors = False
    options.max_mem = _MAX_MEMORY_BYTES
    try:
        found: _Compiled = re2.compile(pattern, options)
    except re2.error as error:
        # What RE2 quotes is the translation, not what the user wrote.
        reason = error.args[0].decode(errors="replace").partition(":")[0]
        raise PatternError(reason) from error
    if found.programsize > _MAX_INSTRUCTIONS:
        raise PatternError("it is too large")
    return found
