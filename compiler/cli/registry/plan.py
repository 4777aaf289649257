"""What has to be done so that the account is as a file wants it.

The service itself is asked what each change would give (`validate_only`), so that its rules stand
in one place, and nothing is changed before all of it is known to be in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import grpc

from compiler.cli.registry.differences import (
    Difference,
    differences,
    secret_differences,
    settings_differences,
    wanted_settings,
)
from compiler.cli.registry.facts import ROLES, registry_id
from compiler.cli.registry.fields import key_of
from compiler.cli.registry.sending import with_secrets
from compiler.cli.registry.service import RegistryClient
from compiler.cli.registry.wanted import Wanted, WantedAccount
from compiler.record import Record
from freshet.registry.v1.registry_pb2 import Registry, RegistrySettings
from freshet.rpc.status import read_failure

ADD, CHANGE, REMOVE, SETTINGS = "add", "change", "remove", "settings"
_ALREADY_TAKEN = 'another registry of the file is the primary one of "{domain}"'


class Change(Record):
    """One thing to do."""

    action: str
    """`ADD`, `CHANGE`, `REMOVE` or `SETTINGS`."""
    name: str
    """The registry; `settings`."""
    differences: tuple[Difference, ...]
    registry: Registry | None = None
    """What is sent; for `REMOVE`, what there is."""
    paths: tuple[str, ...] = ()
    """The fields of it that are changed."""
    present: Registry | None = None
    settings: RegistrySettings | None = None


class Fault(Record):
    """A rule that a wanted registry breaks."""

    name: str
    key: str
    """As the file calls the field."""
    message: str


class Plan(Record):
    """What to do, in this order: add, change, settings, remove."""

    changes: tuple[Change, ...]
    faults: tuple[Fault, ...]
    untouched: tuple[str, ...]
    """Registries that are there, and not in the file, and stay."""


def make_plan(
    client: RegistryClient,
    account: WantedAccount,
    *,
    prune: bool = False,
    renew_secrets: bool = False,
) -> Plan:
    """Return what has to be done. Secrets are read where they are needed, and only there.

    Raises:
        CommandError: a secret is not where the file says.
        RpcError: the service cannot be asked.
    """
    planner = _Planner(client, account, renew_secrets=renew_secrets)
    for wanted in account.registries:
        planner.judge(wanted)
    planner.judge_primaries()
    names = {wanted.name for wanted in account.registries}
    others = [name for name in planner.present if name not in names]
    removed = [_removal(planner.present[name]) for name in others] if prune else []
    if prune:
        planner.judge_fallbacks(names)
    added = [change.name for change in planner.changes if change.action == ADD]
    first = added[0] if added and not planner.present else ""
    settings = _settings_change(planner.settings, account, first)
    planner.judge_settings(settings)
    order = {ADD: 0, CHANGE: 1}
    return Plan(
        changes=(
            *sorted(planner.changes, key=lambda each: order[each.action]),
            *([settings] if settings else []),
            *removed,
        ),
        faults=tuple(planner.faults),
        untouched=() if prune else tuple(others),
    )


class _Planner:
    """Asks the service about each wanted registry."""

    def __init__(
        self, client: RegistryClient, account: WantedAccount, *, renew_secrets: bool
    ) -> None:
        self._client = client
        self._wanted = account.registries
        self._renew_secrets = renew_secrets
        self.settings = client.settings()
        self.present: Mapping[str, Registry] = {registry_id(r.name): r for r in client.all()}
        self.changes: list[Change] = []
        self.faults: list[Fault] = []
        self._domains: dict[str, str] = {}

    def judge(self, wanted: Wanted) -> None:
        """Note what has to be done for a registry, or what is wrong with it."""
        present = self.present.get(wanted.name)
        sent = with_secrets(wanted, present, renew=self._renew_secrets)
        try:
            after = self._validated(wanted, sent, present)
        except grpc.RpcError as error:
            self.faults += [
                Fault(name=wanted.name, key=key_of(field), message=message)
                for field, message in _violations(error)
            ]
            return
        if present is None and not sent.primary and after.domain in self._domains.values():
            after.primary = False  # the one before it in the file is
        self._domains[wanted.name] = after.domain
        changed = differences(present, after) + (secret_differences(sent) if present else ())
        if changed:
            change = Change(
                action=CHANGE if present else ADD,
                name=wanted.name,
                differences=changed,
                registry=sent,
                paths=wanted.paths,
                present=present,
            )
            self.changes.append(change)

    def judge_primaries(self) -> None:
        """Refuse two primary registries of one domain: each run would take it from the other."""
        taken: set[str] = set()
        for wanted in self._wanted:
            domain = self._domains.get(wanted.name)
            if not wanted.registry.primary or domain is None:
                continue
            if domain in taken:
                message = _ALREADY_TAKEN.format(domain=domain)
                self.faults.append(Fault(name=wanted.name, key="primary", message=message))
            taken.add(domain)

    def judge_settings(self, change: Change | None) -> None:
        """Note which roles cannot be, as far as their registries are there already."""
        if change is None or change.settings is None:
            return
        named = {field: registry_id(getattr(change.settings, field)) for field in ROLES.values()}
        paths = [path for path in change.paths if named.get(path, "") in ("", *self.present)]
        if not paths:
            return
        try:
            self._client.update_settings(change.settings, paths, validate_only=True)
        except grpc.RpcError as error:
            self.faults += [
                Fault(name=named[field], key=role, message=message)
                for at, message in _violations(error)
                for role, field in ROLES.items()
                if at.endswith(field)
            ]

    def judge_fallbacks(self, names: Iterable[str]) -> None:
        """Refuse fallbacks that are about to be removed."""
        for wanted in self._wanted:
            fallback = registry_id(wanted.registry.fallback_registry)
            if fallback and fallback not in names and fallback in self.present:
                message = f'"{fallback}" is not in the file, so that `--prune` removes it'
                self.faults.append(Fault(name=wanted.name, key="fallback", message=message))

    def _validated(self, wanted: Wanted, sent: Registry, present: Registry | None) -> Registry:
        """Return the registry as it would be."""
        asked = Registry()
        asked.CopyFrom(sent)
        if later := self._comes_later(sent, wanted.name):
            asked.fallback_registry = ""
        if present:
            after = self._client.update(asked, wanted.paths, validate_only=True)
        else:
            after = self._client.create(wanted.name, asked, validate_only=True)
        if later:
            after.fallback_registry = sent.fallback_registry
        return after

    def _comes_later(self, sent: Registry, name: str) -> bool:
        """Whether the fallback of a registry is another one of the file that is not there yet."""
        fallback = registry_id(sent.fallback_registry)
        wanted = any(each.name == fallback for each in self._wanted)
        return wanted and fallback != name and fallback not in self.present


def _violations(error: grpc.RpcError) -> tuple[tuple[str, str], ...]:
    """Return the rules that a refused call broke.

    Raises:
        RpcError: it was refused for another reason.
    """
    violations = read_failure(error).violations
    if not violations:
        raise error
    return violations


def _removal(registry: Registry) -> Change:
    name = registry_id(registry.name)
    return Change(action=REMOVE, name=name, differences=(), registry=registry, present=registry)


def _settings_change(
    settings: RegistrySettings, account: WantedAccount, first: str
) -> Change | None:
    after = wanted_settings(settings, account, first)
    changed = settings_differences(settings, after)
    if first and not after.default_registry:
        # The service makes the first registry the default: that is taken back.
        changed += (Difference(field=ROLES["default"], before=first, after=""),)
    if not changed:
        return None
    return Change(
        action=SETTINGS,
        name="settings",
        differences=changed,
        settings=after,
        paths=tuple(each.field for each in changed),
    )
