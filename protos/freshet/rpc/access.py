"""Who may call what: roles, callers, and the access that each method asks for in its proto."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import Default as default_pool
from google.protobuf.message import Message

from freshet.access.v1 import access_pb2
from freshet.access.v1.access_pb2 import Role

_READER, _RUNNER = Role.ROLE_READER, Role.ROLE_RUNNER
_EDITOR, _ADMIN = Role.ROLE_EDITOR, Role.ROLE_ADMIN
_ALLOWED: Mapping[Role.ValueType, frozenset[Role.ValueType]] = {
    _READER: frozenset({_READER, _RUNNER, _EDITOR, _ADMIN}),
    _RUNNER: frozenset({_RUNNER, _ADMIN}),
    _EDITOR: frozenset({_EDITOR, _ADMIN}),
    _ADMIN: frozenset({_ADMIN}),
}
"""For each role that a method needs, those that a caller may have."""
_PREFIX = "ROLE_"
_FIELD = re.compile(r"\{([a-z_.]+)\}")
_RESOURCE = re.compile(r"[A-Za-z]+/[A-Za-z0-9][A-Za-z0-9._-]{0,159}")
"""What names of resources look like. Others are left out of logs: they may be anything."""
ROLE_WORDS: Mapping[str, Role.ValueType] = {
    "reader": _READER, "runner": _RUNNER, "editor": _EDITOR, "admin": _ADMIN,
}  # fmt: skip
"""Roles as people write them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls."""

    name: str
    """For the audit log."""
    role: Role.ValueType
    """`ROLE_UNSPECIFIED`: known, and allowed nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token stands for."""

    caller: Caller
    expire_time_s: float | None = None
    """Unix time when it stops working; None: never."""


FindGrant = Callable[[str], Grant | None]
"""Tells what a secret stands for, expired or not; None: nothing. Asked at every call, so it must
not wait."""


class Refused(Exception):
    """A call is not allowed: the root of the errors below."""

    caller: Caller | None = None
    """Who called; None: nobody knows."""


class TokenMissing(Refused):
    """The caller did not say who it is."""

    def __init__(self) -> None:
        super().__init__("a bearer token is needed; send it as `authorization: Bearer …`")


class TokenInvalid(Refused):
    """The caller has a token that does not exist, or no longer."""

    def __init__(self) -> None:
        super().__init__("the bearer token is not known here; it may have been taken away")


class TokenExpired(Refused):
    """The time of the caller's token is over."""

    def __init__(self, caller: Caller) -> None:
        """Note whose token it is."""
        super().__init__(f'the time of "{caller.name}" is over; ask an admin for another token')
        self.caller = caller


class RoleInsufficient(Refused):
    """The caller is known and may not do this."""

    def __init__(self, caller: Caller, needed: Role.ValueType) -> None:
        """Note who called and the role that the method needs."""
        super().__init__(
            f'"{caller.name}" has the role {role_word(caller.role)}, and this needs '
            f"{role_word(needed)}"
        )
        self.caller = caller
        self.caller_name = caller.name
        self.has = caller.role
        self.needed = needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method of a service, as its proto describes it."""

    name: str
    """Without the service: `GetRegistry`."""
    role: Role.ValueType
    """`ROLE_UNSPECIFIED`: open to everybody."""
    audited: bool = False
    resource: str = ""
    """As `MethodAccess.resource`."""

    @property
    def changing(self) -> bool:
        """Whether a call may change what is stored."""
        return self.audited and self.role in (_EDITOR, _ADMIN)

    def check(self, caller: Caller) -> None:
        """Let `caller` pass.

        Raises:
            RoleInsufficient: it may not call the method.
        """
        if self.role and caller.role not in _ALLOWED[self.role]:
            raise RoleInsufficient(caller, self.role)

    def resource_of(self, *messages: object) -> str:
        """Return the name of the resource that a call is about; empty when it has none.

        The first of `messages` that has the field tells.
        """
        named = _FIELD.sub(lambda match: _field(match[1], messages), self.resource)
        return named if named == self.resource or _RESOURCE.fullmatch(named) else ""


def read_methods(service: str) -> dict[str, Method]:
    """Return the methods of a service by name, with the access that its proto asks for.

    Raises:
        LookupError: a method does not say who may call it.
    """
    descriptor = default_pool().FindServiceByName(service)
    return {method.name: _read_method(method) for method in descriptor.methods}


def role_word(role: Role.ValueType) -> str:
    """Return a role as people write it; `none` for no role."""
    return Role.Name(role).removeprefix(_PREFIX).lower() if role else "none"


def _read_method(method: MethodDescriptor) -> Method:
    access = method.GetOptions().Extensions[access_pb2.access]
    if access.role not in _ALLOWED:
        raise LookupError(f"{method.full_name} does not say which role it needs")
    return Method(
        name=method.name, role=access.role, audited=access.audited, resource=access.resource
    )


def _field(path: str, messages: Iterable[object]) -> str:
    for message in messages:
        value: object = message
        for name in path.split("."):
            if not isinstance(value, Message) or name not in value.DESCRIPTOR.fields_by_name:
                break
            value = getattr(value, name)
        else:
            return str(value)
    return ""
