"""Telling who calls: by the socket, the bearer token or the certificate."""

from __future__ import annotations

import hmac
import os
import pwd
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import grpc

from freshet.access.v1.access_pb2 import Role
from freshet.rpc.access import (
    Caller,
    FindGrant,
    Grant,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
)
from freshet.rpc.addresses import Address

Identify = Callable[["grpc.aio.ServicerContext[Any, Any]"], Caller]
"""Tells who makes a call. Raises an error of `freshet.rpc.access.Refused`."""
ANY_CERTIFICATE = "*"
"""In the place of a certificate's name: every one that the authority signed."""
_SCHEME = "bearer "
_MAX_NAME = 150
"""Characters of a certificate's name that are noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """Whom a TCP address knows."""

    token: str | None = field(default=None, repr=False)
    """What callers may send as `authorization: Bearer <token>`."""
    token_role: Role.ValueType = Role.ROLE_ADMIN
    """What `token` allows."""
    certificate_roles: Mapping[str, Role.ValueType] = field(default_factory=dict)
    """Roles by a name in the certificate: an alternative name or the common name."""


def identify_at(
    address: Address, identities: Identities, find_grant: FindGrant, *, insecure: bool
) -> Identify:
    """Return what tells who calls at an address."""
    if address.socket_path:
        # The kernel lets nobody else through: the socket has mode 0600.
        return _always(f"socket:{pwd.getpwuid(os.geteuid()).pw_name}")
    return _always("insecure") if insecure else _Protected(identities, find_grant)


def peer_host(context: grpc.aio.ServicerContext[Any, Any]) -> str:
    """Return the host that a call comes from, without the port."""
    _, _, place = unquote(context.peer()).partition(":")
    return place.rpartition(":")[0] or "local"


def _always(name: str) -> Identify:
    caller = Caller(name=name, role=Role.ROLE_ADMIN)
    return lambda _context: caller


class _Protected:
    """Tells callers of a TCP address with TLS apart."""

    def __init__(self, identities: Identities, find_grant: FindGrant) -> None:
        self._token = identities.token.encode() if identities.token else None
        self._token_grant = Grant(caller=Caller(name="token-file", role=identities.token_role))
        self._certificate_roles = identities.certificate_roles
        self._find_grant = find_grant

    def __call__(self, context: grpc.aio.ServicerContext[Any, Any]) -> Caller:
        """Return who calls. A token counts before a certificate, whatever it is worth."""
        for key, value in context.invocation_metadata() or ():
            if key == "authorization":
                return self._of_token(value if isinstance(value, str) else "")
        caller = _of_certificate(context.auth_context(), self._certificate_roles)
        if caller is None:
            raise TokenMissing
        return caller

    def _of_token(self, authorization: str) -> Caller:
        secret = authorization[len(_SCHEME) :]
        if authorization[: len(_SCHEME)].lower() != _SCHEME:
            raise TokenInvalid
        grant = self._grant(secret)
        if grant is None:
            raise TokenInvalid
        if grant.expire_time_s is not None and grant.expire_time_s <= time.time():
            raise TokenExpired(grant.caller)
        return grant.caller

    def _grant(self, secret: str) -> Grant | None:
        if self._token and hmac.compare_digest(secret.encode(), self._token):
            return self._token_grant
        return self._find_grant(secret)


def _of_certificate(
    facts: Mapping[str, Iterable[bytes]], roles: Mapping[str, Role.ValueType]
) -> Caller | None:
    names = list(_names(facts))
    if not names:
        return None
    known = next((name for name in names if name in roles), None)
    role = roles[known] if known else roles.get(ANY_CERTIFICATE, Role.ROLE_UNSPECIFIED)
    return Caller(name=f"certificate:{(known or names[0])[:_MAX_NAME]}", role=role)


def _names(facts: Mapping[str, Iterable[bytes]]) -> Iterator[str]:
    for key in ("x509_subject_alternative_name", "x509_common_name"):  # as gRPC calls them
        for name in facts.get(key, ()):
            text = name.decode(errors="replace")
            if text.isprintable():  # nobody may write lines of their own into the log
                yield text
