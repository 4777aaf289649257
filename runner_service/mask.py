"""Hides secrets in a stream of bytes, also where one is split over two chunks.

Each byte that belongs to an occurrence of a secret goes; occurrences that overlap become one
`****`, others one each. Everything else passes as it is. How a stream is cut makes no difference.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

import re2

from runner_service.encodings import encoded_forms, plain_forms

REPLACEMENT = b"****"
_ENCODED_BYTES = 128 * 1024
"""How many bytes of secrets are looked for in encoded forms too, so that memory stays bounded."""
_BASE_MEMORY_BYTES = 64 * 1024 * 1024
_MEMORY_PER_BYTE = 640
"""With less RE2 gives up its automaton and becomes a thousand times slower; what is allowed is
taken only when it is needed, about a quarter."""
_MOST_MEMORY_BYTES = (1 << 32) - 1


class Mask:
    """The secrets of a run. More may be added while it goes on."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Hide `secrets`."""
        self._forms: set[bytes] = set()
        self._known: set[str] = set()
        self._encoded_bytes_left = _ENCODED_BYTES
        self._search: _Search | None = None
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Hide `secrets` from now on; empty ones are no secrets."""
        for secret in {*secrets} - self._known:
            self._known.add(secret)
            self._forms |= plain_forms(secret)
            if len(secret) <= self._encoded_bytes_left:
                self._encoded_bytes_left -= len(secret)
                self._forms |= encoded_forms(secret)
            self._search = None

    def hide(self, data: bytes) -> bytes:
        """Return `data`, which is taken as whole, without secrets."""
        return MaskedStream(self).last(data)

    def hide_text(self, text: str) -> str:
        """Return `text` without secrets."""
        return self.hide(text.encode(errors="surrogateescape")).decode(errors="surrogateescape")

    def search(self) -> "_Search | None":
        """Return what finds the secrets there are now; None: there are none."""
        if self._search is None and self._forms:
            self._search = _Search(self._forms)
        return self._search


class MaskedStream:
    """One stream of output, with secrets hidden. Not thread-safe."""

    def __init__(self, mask: Mask) -> None:
        """Hide the secrets of `mask`."""
        self._mask = mask
        self._held = b""
        self._covered = 0
        """How many bytes of `_held` belong to a secret whose `****` was shown already."""

    def feed(self, data: bytes) -> bytes:
        """Return what can be shown now. What may begin a secret waits for more."""
        return self._pass(self._held + data, final=False)

    def flush(self) -> bytes:
        """Return what was held back; the stream has ended."""
        return self.last(b"")

    def last(self, data: bytes) -> bytes:
        """Return what was held back, and `data`, after which nothing comes."""
        return self._pass(self._held + data, final=True)

    def _pass(self, data: bytes, *, final: bool) -> bytes:
        search = self._mask.search()
        if search is None:
            self._held = b""
            return data
        end = len(data) if final else search.undecided_from(data)
        if end == len(data) and not self._covered and not search.finds(data):
            self._held = b""
            return data
        shown: list[bytes] = []
        position = covered = self._covered  # what came before is part of the secret there
        for start, stop in search.occurrences(data, end):
            if start >= covered:
                shown += (data[position:start], REPLACEMENT)
            position = covered = max(covered, stop)
        if position < end:
            shown.append(data[position:end])
        self._held, self._covered = data[end:], max(0, covered - end)
        return b"".join(shown)


class _Search:
    """Finds forms of secrets in time linear in the data."""

    def __init__(self, forms: Iterable[bytes]) -> None:
        self._forms = sorted(forms)
        self._pattern = _compile(self._forms)

    def finds(self, data: bytes) -> bool:
        """Return whether there is an occurrence in `data`."""
        return self._pattern(data) is not None

    def occurrences(self, data: bytes, end: int) -> Iterator[tuple[int, int]]:
        """Yield the longest occurrence at each place before `end` that has one."""
        position = 0
        while match := self._pattern(data, position):
            start, stop = match.span()
            if start >= end:
                return
            yield start, stop
            position = start + 1

    def undecided_from(self, data: bytes) -> int:
        """Return the first place from which on `data` may begin a form and go on in more data."""
        line = data.rfind(b"\n") + 1
        place = len(data)
        if line < place:
            place = self._open_line_from(data, max(line, place - self._longest_line + 1))
        return min(self._open_lines_from(data), place) if line and self._heads else place

    def _open_line_from(self, data: bytes, begin: int) -> int:
        """Return where the tail of the last line begins that may go on as a form."""
        for match in self._first_bytes(data, begin):
            place = match.start()
            tail = data[place:]
            index = bisect_left(self._forms, tail)
            if self._forms[index : index + 1] == [tail]:
                index += 1  # whole; the next one may be longer
            if index < len(self._forms) and self._forms[index].startswith(tail):
                return place
        return len(data)

    def _open_lines_from(self, data: bytes) -> int:
        """Return where a tail of several lines begins that may go on as a form."""
        begin = max(0, len(data) - self._longest + 1)
        while match := self._head_pattern(data, begin):
            begin = match.start() + 1
            tail = data[match.start() :]
            if any(form.startswith(tail) and form != tail for form in self._heads):
                return match.start()
        return len(data)

    @cached_property
    def _heads(self) -> Sequence[bytes]:
        """The forms of several lines."""
        return [form for form in self._forms if b"\n" in form]

    @cached_property
    def _head_pattern(self) -> Callable[..., re.Match[bytes] | None]:
        return _compile({form[: form.index(b"\n") + 1] for form in self._heads})

    @cached_property
    def _first_bytes(self) -> Callable[..., Iterator[re.Match[bytes]]]:
        firsts = {re.escape(form[:1]) for form in self._forms}
        return re.compile(b"[" + b"".join(firsts) + b"]", re.DOTALL).finditer

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._forms))

    @cached_property
    def _longest_line(self) -> int:
        """Length of the longest form, of several lines only the first counted."""
        return max(len(form.partition(b"\n")[0]) + 1 for form in self._forms)


def _compile(forms: Iterable[bytes]) -> Callable[..., re.Match[bytes] | None]:
    """Return the search for the longest of the leftmost of `forms`."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes are bytes
    options.longest_match = True
    options.never_capture = True
    options.log_errors = False  # it would log the secrets
    pattern = b"|".join(map(re2.escape, forms))
    options.max_mem = min(_BASE_MEMORY_BYTES + _MEMORY_PER_BYTE * len(pattern), _MOST_MEMORY_BYTES)
    search: Callable[..., re.Match[bytes] | None] = re2.compile(pattern, options).search
    re2.purge()  # else the library remembers the secrets longer than the run
    return search
