"""Shows what is about to change, and changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import grpc

from compiler.cli.exits import FINDINGS, CommandError
from compiler.cli.registry.differences import Difference
from compiler.cli.registry.facts import facts_of, shown, tell
from compiler.cli.registry.plan import ADD, CHANGE, REMOVE, SETTINGS, Change, Plan
from compiler.cli.registry.remove import pointers
from compiler.cli.registry.service import RegistryClient
from freshet.registry.v1.registry_pb2 import Registry, RegistrySettings
from freshet.rpc.names import REGISTRIES

_Doer = Callable[[RegistryClient, Change], None]
_MARKS = {ADD: "+", CHANGE: "~", SETTINGS: "~", REMOVE: "-"}
_DONE = {ADD: "added", CHANGE: "changed", SETTINGS: "changed", REMOVE: "removed"}


def plan_lines(plan: Plan) -> Iterator[str]:
    """Yield the changes for people, field by field."""
    for change in plan.changes:
        yield f"{_MARKS[change.action]} {change.name}"
        for difference in change.differences:
            yield f"    {_difference(change, difference)}"
    counts = {
        action: sum(each.action == action for each in plan.changes) for action in (ADD, REMOVE)
    }
    changed = len(plan.changes) - sum(counts.values())
    yield f"{counts[ADD]} to add, {changed} to change, {counts[REMOVE]} to remove"


def plan_facts(plan: Plan) -> list[dict[str, object]]:
    """Return the changes for programs."""
    return [
        {
            "action": change.action,
            "name": change.name,
            "differences": [
                {"field": each.field, "before": each.before, "after": each.after}
                for each in change.differences
            ],
        }
        for change in plan.changes
    ]


def carry_out(client: RegistryClient, plan: Plan) -> None:
    """Do what the plan says. When something fails, what is done already is told.

    Raises:
        CommandError: a registry was changed since the plan was made.
        RpcError: the service refuses something, or is gone.
    """
    waiting = list(_steps(plan))
    try:
        while waiting:
            doer, change, done = waiting[0]
            doer(client, change)
            tell(f"{change.name}: {done}")
            waiting.pop(0)
    except (grpc.RpcError, CommandError):
        names = dict.fromkeys(change.name for _, change, _ in waiting)
        tell(f"freshet: stopped in between; not done: {', '.join(names)}")
        raise


def _steps(plan: Plan) -> Iterator[tuple[_Doer, Change, str]]:
    """Yield what to do in order: a fallback is set when the registry that it names is there."""
    registries = [each for each in plan.changes if each.action in (ADD, CHANGE)]
    yield from ((_DOERS[each.action], each, _DONE[each.action]) for each in registries)
    yield from ((_set_fallback, each, "fallback set") for each in registries if _falls_back(each))
    others = (each for each in plan.changes if each not in registries)
    yield from ((_DOERS[each.action], each, _DONE[each.action]) for each in others)


def _falls_back(change: Change) -> bool:
    """Whether the fallback of a registry has to be set."""
    before = change.present.fallback_registry if change.present else ""
    return change.registry is not None and change.registry.fallback_registry != before


def _difference(change: Change, difference: Difference) -> str:
    before, after = shown(difference.before), shown(difference.after)
    if change.action == ADD:
        return f"{difference.field}: {after}"
    return f"{difference.field}: {before} -> {after}"


def _add(client: RegistryClient, change: Change) -> None:
    assert change.registry
    first = Registry()
    first.CopyFrom(change.registry)
    first.fallback_registry = ""  # it may not be there yet
    client.create(change.name, first)


def _change(client: RegistryClient, change: Change) -> None:
    assert change.registry and change.present
    change.registry.etag = _etag_if_unchanged(client, change.name, change.present)
    paths = [path for path in change.paths if path != "fallback_registry"]
    client.update(change.registry, paths)


def _set_fallback(client: RegistryClient, change: Change) -> None:
    assert change.registry
    fallback = change.registry.fallback_registry
    registry = Registry(name=REGISTRIES.name(change.name), fallback_registry=fallback)
    client.update(registry, ["fallback_registry"])


def _settings(client: RegistryClient, change: Change) -> None:
    assert change.settings
    change.settings.etag = ""  # adding the first registry changes it
    client.update_settings(change.settings, change.paths)


def _remove(client: RegistryClient, change: Change) -> None:
    assert change.present
    present = Registry()
    present.CopyFrom(change.present)
    present.etag = _etag_if_unchanged(client, change.name, present)
    client.delete(present)


def _etag_if_unchanged(client: RegistryClient, name: str, planned: Registry) -> str:
    """Return the etag of a registry that is as the plan knows it.

    Which one of a domain is primary, and fallbacks, change with what was done just now.

    Raises:
        CommandError: somebody else has changed it.
    """
    now = client.get(name)
    if _own(now) != _own(planned):
        raise CommandError(
            FINDINGS, f'"{name}" was changed meanwhile', "look at the changes again, and repeat"
        )
    return now.etag


def _own(registry: Registry) -> dict[str, object]:
    facts = facts_of(registry, RegistrySettings())
    return {key: value for key, value in facts.items() if key not in ("primary", "fallback")}


def removal_lines(
    plan: Plan, registries: Sequence[Registry], settings: RegistrySettings
) -> Iterator[str]:
    """Yield what points at the registries that are removed."""
    for change in plan.changes:
        if change.action == REMOVE and change.present:
            for each in pointers(change.present, registries, settings):
                yield f'"{change.name}" is {each}'


_DOERS: dict[str, _Doer] = {ADD: _add, CHANGE: _change, SETTINGS: _settings, REMOVE: _remove}
