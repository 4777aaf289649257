"""Between access tokens, audit entries and their messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from freshet.registry.v1 import access_pb2
from freshet.rpc.access import ROLE_WORDS
from freshet.rpc.pages import InvalidPage, decode_token
from registry_service.access.records import (
    MAX_DISPLAY_NAME,
    AccessToken,
    AuditEntry,
    StoredEntry,
)
from registry_service.errors import Fault, InvalidRequest


def token_message(token: AccessToken) -> access_pb2.AccessToken:
    """Return a token without what is stored of its secret."""
    return access_pb2.AccessToken(
        name=token.name,
        display_name=token.display_name,
        role=token.role,
        create_time=_timestamp(token.create_time),
        expire_time=_timestamp(token.expire_time) if token.expire_time else None,
    )


def token_draft(message: access_pb2.AccessToken, now: datetime) -> AccessToken:
    """Return the token that a request wants, still without name and secret.

    Raises:
        InvalidRequest: with each field that is at fault.
    """
    if faults := list(_faults(message, now)):
        raise InvalidRequest(faults)
    return AccessToken(
        name="",
        display_name=message.display_name,
        role=message.role,
        create_time=now,
        expire_time=_expire_time(message),
        secret_hash=b"",
    )


def entry_message(stored: StoredEntry) -> access_pb2.AuditEntry:
    """Return an entry of the audit log."""
    entry: AuditEntry = stored.entry
    return access_pb2.AuditEntry(
        sequence=stored.sequence,
        event_time=_timestamp(entry.event_time),
        caller=entry.caller,
        method=entry.method,
        resource=entry.resource,
        outcome=entry.outcome,
    )


def read_sequence(page_token: str) -> int | None:
    """Return the sequence that a page of entries ends before; None: the first page.

    Raises:
        InvalidPage: the token is not one of ours.
    """
    text = decode_token(page_token)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise InvalidPage("page_token", "page_token was not made by this method")
    return int(text)


def _faults(message: access_pb2.AccessToken, now: datetime) -> Iterator[Fault]:
    name = message.display_name
    if not 1 <= len(name) <= MAX_DISPLAY_NAME or not name.isprintable():
        told = f"expected 1 to {MAX_DISPLAY_NAME} printable characters"
        yield Fault("access_token.display_name", told, "DISPLAY_NAME_INVALID")
    if message.role not in ROLE_WORDS.values():
        yield Fault("access_token.role", f"expected one of {', '.join(ROLE_WORDS)}", "ROLE_UNKNOWN")
    try:
        expire_time = _expire_time(message)
    except (ValueError, OverflowError):
        told = "expected a time from the year 1 to the year 9999"
        yield Fault("access_token.expire_time", told, "TIME_OUT_OF_RANGE")
    else:
        if expire_time and expire_time <= now:
            yield Fault("access_token.expire_time", "expected a time to come", "TIME_HAS_PASSED")


def _expire_time(message: access_pb2.AccessToken) -> datetime | None:
    return message.expire_time.ToDatetime(UTC) if message.HasField("expire_time") else None


def _timestamp(time: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(time)
    return timestamp
