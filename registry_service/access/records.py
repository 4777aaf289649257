"""Access tokens and what callers did, as they are stored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from freshet.access.v1.access_pb2 import Role
from freshet.rpc.names import Collection

ACCESS_TOKENS = Collection("accessTokens", "access_token")
MAX_DISPLAY_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """What a caller may show, and what it allows."""

    name: str
    display_name: str
    """Who or what has it."""
    role: Role.ValueType
    create_time: datetime
    expire_time: datetime | None
    """None: it works for ever."""
    secret_hash: bytes
    """The secret itself is known to its holder alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Something that a caller did."""

    event_time: datetime
    caller: str
    method: str
    resource: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry in its place."""

    sequence: int
    """Counts up, with gaps."""
    entry: AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How much of the audit log is kept."""

    days: int = 90
    entry_count: int = 100_000


DEFAULT_RETENTION = Retention()


def hash_of(secret: str) -> bytes:
    """Return what is stored of a secret.

    A secret has 256 random bits, which nobody guesses: a slow hash would protect nothing.
    """
    return hashlib.sha256(secret.encode()).digest()
