"""What differs between the account as it is and as it would be, field by field."""

from __future__ import annotations

from compiler.cli.registry.facts import DEFAULT_PUSHES, ROLES, Facts, facts_of, registry_id
from compiler.cli.registry.form import SECRETS
from compiler.cli.registry.wanted import WantedAccount
from compiler.record import Record
from freshet.registry.v1.registry_pb2 import Registry, RegistrySettings
from freshet.rpc.names import REGISTRIES

CLIENT_KEY = "transport.client_private_key_pem"
_SETTINGS_FIELDS = (*ROLES.values(), "default_push")


class Difference(Record):
    """A field that is to be another one."""

    field: str
    before: object
    after: object


def differences(present: Registry | None, after: Registry) -> tuple[Difference, ...]:
    """Return what differs of a registry; all that it says when there is none at `present`."""
    none = RegistrySettings(default_registry="-", cache_registry="-")  # roles are told apart
    before: Facts = facts_of(present, none) if present else {}
    return tuple(
        Difference(field=field, before=before.get(field, ""), after=value)
        for field, value in facts_of(after, none).items()
        if value != before.get(field, _usual(value)) and field != "name"
    )


def _usual(value: object) -> object:
    return False if isinstance(value, bool) else ""


def secret_differences(sent: Registry) -> tuple[Difference, ...]:
    """Return which stored secrets those of a registry take the place of."""
    method = sent.login.WhichOneof("method")
    path = SECRETS.get(method or "", ("", ""))[0]
    names = {path: "secret", CLIENT_KEY: "client_key"}
    return tuple(
        Difference(field=name, before="stored", after="given anew")
        for path, name in names.items()
        if path and _get(sent, path)
    )


def _get(registry: Registry, path: str) -> object:
    value: object = registry
    for name in path.split("."):
        value = getattr(value, name)
    return value


def wanted_settings(
    settings: RegistrySettings, account: WantedAccount, first: str
) -> RegistrySettings:
    """Return the settings as a file wants them.

    `first` is the registry that the service will make the default by itself; it may be empty.
    """
    after = RegistrySettings()
    after.MergeFrom(settings)
    if first and not settings.default_registry:
        after.default_registry = REGISTRIES.name(first)
    for wanted in account.registries:
        name = REGISTRIES.name(wanted.name)
        for role, given in wanted.roles.items():
            if given:
                setattr(after, ROLES[role], name)
            elif getattr(after, ROLES[role]) == name:
                setattr(after, ROLES[role], "")
    if account.default_push:
        after.default_push = DEFAULT_PUSHES[account.default_push]
    return after


def settings_differences(
    before: RegistrySettings, after: RegistrySettings
) -> tuple[Difference, ...]:
    """Return what differs of the settings."""
    return tuple(
        Difference(field=field, before=_shown(before, field), after=_shown(after, field))
        for field in _SETTINGS_FIELDS
        if getattr(before, field) != getattr(after, field)
    )


def _shown(settings: RegistrySettings, field: str) -> str:
    value = getattr(settings, field)
    if field == "default_push":
        words = {number: word for word, number in DEFAULT_PUSHES.items()}
        return words.get(value, "auto")
    return registry_id(value)
