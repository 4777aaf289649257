"""Places as clients of the protocol count them: lines from 0, and units of an encoding."""

from __future__ import annotations

import re
from bisect import bisect_right

_LINE_BREAK = re.compile(r"\r\n|[\n\r]")
"""What ends a line for the protocol; YAML knows more."""
_UTF_8, _UTF_16 = "utf-8", "utf-16"


class Lines:
    """The lines of a text, in a position encoding of the protocol."""

    def __init__(self, text: str, encoding: str) -> None:
        self._text = text
        self._encoding = encoding
        self._starts = [0, *(each.end() for each in _LINE_BREAK.finditer(text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and character of an offset; one behind the end is taken for the end."""
        offset = min(offset, len(self._text))
        line = bisect_right(self._starts, offset) - 1
        return line, sum(map(self._width, self._text[self._starts[line] : offset]))

    def offset(self, line: int, character: int) -> int:
        """Return the offset of a line and character; what lies beyond a line is its end."""
        if line >= len(self._starts):
            return len(self._text)
        offset, end = self._starts[line], self._end(line)
        while character > 0 and offset < end:
            character -= self._width(self._text[offset])
            offset += 1
        return offset

    def _end(self, line: int) -> int:
        """Return where a line ends, without its break."""
        following = self._starts[line + 1 : line + 2]
        end = following[0] if following else len(self._text)
        return self._starts[line] + len(self._text[self._starts[line] : end].rstrip("\r\n"))

    def _width(self, character: str) -> int:
        code = ord(character)
        if self._encoding == _UTF_8:
            return 1 + (code > 0x7F) + (code > 0x7FF) + (code > 0xFFFF)
        return 1 + (code > 0xFFFF) if self._encoding == _UTF_16 else 1
