"""Port: where registries and settings are kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Protocol, TypeAlias

from registry_service.changes import Change
from registry_service.snapshot import Snapshot

Decide: TypeAlias = Callable[[Snapshot], Change]


class RegistryStore(Protocol):
    """Keeps the newest snapshot. All but `news` block and may come from any thread.

    All but `news` raise `StoreUnavailable`.
    """

    def load(self) -> Snapshot:
        """Return what is stored."""

    def refresh(self, present: Snapshot) -> Snapshot:
        """Return what is stored; it costs what has changed since `present`."""

    def change(self, present: Snapshot, decide: Decide) -> Snapshot:
        """Make the change that `decide` wants of what is stored, and return what is stored then.

        `decide` gets `present` when nobody has written since, else a newer snapshot, and runs in
        the transaction. Its errors pass unchanged, and nothing is written.
        """

    def news(self) -> AsyncGenerator[None]:
        """Yield whenever others may have written, or the store may have gone or come back."""

    def close(self) -> None:
        """Release the database."""
