"""Ctrl-C that is never lost."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self


class Interrupts:
    """Remembers Ctrl-C while its context is open.

    Python raises `KeyboardInterrupt` wherever the main thread is; in a callback of a library nobody
    hears of it. `check` raises one again that was not heard. For the main thread.
    """

    def __init__(self) -> None:
        self.is_pending = False
        """Whether one came that nobody has answered; who answers it says False."""
        self._held = False

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def check(self) -> None:
        """Raise `KeyboardInterrupt` when one is pending."""
        if self.is_pending:
            raise KeyboardInterrupt

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let what is inside end, which must not take long; then raise one that came meanwhile."""
        self.is_pending, self._held = False, True
        try:
            yield
        finally:
            self._held = False
        self.check()

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.is_pending = True
        if not self._held:
            raise KeyboardInterrupt
