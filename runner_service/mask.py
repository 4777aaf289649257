r"""Hides secrets in a stream of bytes, also where one is split over two chunks.

Rules: `****` for each occurrence, longest secret first, empty ones ignored; a value with blanks
is hidden with `\ ` for each blank too; of a value of several lines each line of at least four
characters is hidden as well.
"""

import re
from collections.abc import Iterable

REPLACEMENT = b"****"
_MIN_LINE_LENGTH = 4


class Mask:
    """The secrets of a run. More may be added while it goes on."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Hide `secrets`."""
        self._forms: set[bytes] = set()
        self._pattern: re.Pattern[bytes] | None = None
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Hide `secrets` from now on."""
        before = len(self._forms)
        for secret in secrets:
            self._forms.update(_forms(secret))
        if len(self._forms) != before:
            ordered = sorted(self._forms, key=lambda form: (-len(form), form))
            self._pattern = re.compile(b"|".join(map(re.escape, ordered)))

    def hide(self, data: bytes) -> bytes:
        """Return `data`, which is taken as whole, without secrets."""
        return self._pattern.sub(REPLACEMENT, data) if self._pattern else data

    def hide_text(self, text: str) -> str:
        """Return `text` without secrets."""
        return self.hide(text.encode(errors="surrogateescape")).decode(errors="surrogateescape")

    def split(self, data: bytes) -> tuple[bytes, bytes]:
        """Return what can be shown of `data`, hidden, and the rest that may begin a secret."""
        if not self._pattern:
            return data, b""
        end = 0
        for match in self._pattern.finditer(data):
            end = match.end()
        held_from = min((_tail_start(data, form, end) for form in self._forms), default=len(data))
        return self.hide(data[:held_from]), data[held_from:]


class MaskedStream:
    """One stream of output, with secrets hidden. Not thread-safe."""

    def __init__(self, mask: Mask) -> None:
        """Hide the secrets of `mask`."""
        self._mask = mask
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Return what can be shown now."""
        shown, self._held = self._mask.split(self._held + data)
        return shown

    def flush(self) -> bytes:
        """Return what was held back; the stream has ended or pauses."""
        held, self._held = self._held, b""
        return self._mask.hide(held)


def _tail_start(data: bytes, form: bytes, begin: int) -> int:
    """Return where in `data[begin:]` a tail starts that `form` may go on from."""
    start = data.find(form[:1], max(begin, len(data) - len(form) + 1))
    while start != -1 and not form.startswith(data[start:]):
        start = data.find(form[:1], start + 1)
    return len(data) if start == -1 else start


def _forms(secret: str) -> set[bytes]:
    lines = [line for line in secret.splitlines() if len(line) >= _MIN_LINE_LENGTH]
    values = [value for value in (secret, *lines) if value]
    escaped = [value.replace(" ", "\\ ") for value in values]
    return {form.encode(errors="surrogateescape") for form in (*values, *escaped)}
