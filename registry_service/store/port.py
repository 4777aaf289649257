"""Port: where registries and settings are kept."""

from collections.abc import Callable
from typing import Protocol

from registry_service.registries import Snapshot


class RegistryStore(Protocol):
    """Keeps one snapshot. Calls block and may come from any thread.

    All raise `StoreUnavailable`.
    """

    def load(self) -> Snapshot:
        """Return what is stored."""

    def change(self, decide: Callable[[Snapshot], Snapshot]) -> Snapshot:
        """Replace what is stored by what `decide` makes of it, in one transaction.

        An error of `decide` passes unchanged, and nothing is written.
        """

    def close(self) -> None:
        """Release the database."""
