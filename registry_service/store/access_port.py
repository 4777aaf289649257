"""Port: where access tokens and the audit log are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from registry_service.access.records import AccessToken, AuditEntry, StoredEntry


class AccessStore(Protocol):
    """Keeps tokens and entries. Calls block and may come from any thread.

    All raise `StoreUnavailable`.
    """

    def tokens(self) -> Sequence[AccessToken]:
        """Return all access tokens."""

    def add_token(self, token: AccessToken) -> None:
        """Keep one more token."""

    def remove_token(self, name: str) -> bool:
        """Take a token away; return whether there was one of that name."""

    def append(self, entries: Sequence[AuditEntry]) -> None:
        """Keep entries, all or none, at the end of the audit log."""

    def entries(self, before: int | None, count: int) -> Sequence[StoredEntry]:
        """Return at most `count` entries, newest first, of those before a sequence."""

    def prune(self, since: datetime, entry_count: int) -> None:
        """Forget the entries that are older than `since`, and all but the newest `entry_count`."""

    def close(self) -> None:
        """Release the database."""
