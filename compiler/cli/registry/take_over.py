"""`freshet registry import`: takes registries over from other programs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence

from compiler.cli.exits import FINDINGS, FINE
from compiler.cli.registry.changes import carry_out, plan_facts, plan_lines
from compiler.cli.registry.confirm import confirm
from compiler.cli.registry.facts import ROLES, registry_id, tell
from compiler.cli.registry.found import Found
from compiler.cli.registry.from_codefresh import read_codefresh, read_terraform
from compiler.cli.registry.from_docker import ask_helper, config_path, read_docker
from compiler.cli.registry.plan import Plan, make_plan
from compiler.cli.registry.service import RegistryClient, registry_client
from compiler.cli.registry.wanted import Wanted, WantedAccount
from compiler.record import Record
from freshet.registry.v1.registry_pb2 import Registry, RegistrySettings
from freshet.rpc.names import REGISTRIES


class _Import(Record):
    """What becomes of what was found."""

    plan: Plan
    kept: tuple[str, ...]
    """There already, and the same."""
    left_out: Mapping[str, str]
    """Names, and why there can be no such registry."""
    notes: tuple[str, ...]


def run(arguments: argparse.Namespace) -> int:
    """Show what can be taken over, and take it once that was confirmed; 1 when some cannot."""
    found = _read(arguments)
    with registry_client() as client:
        judged = _judge(client, found)
        _show(judged, arguments.format)
        if judged.plan.changes and not arguments.dry_run:
            if not confirm("take these over", yes=arguments.yes):
                tell("nothing was changed")
                return FINDINGS
            carry_out(client, judged.plan)
    for note in judged.notes:
        tell(f"note: {note}")
    for name, reason in judged.left_out.items():
        tell(f"left out: {name}: {reason}")
    return FINDINGS if judged.left_out else FINE


def _read(arguments: argparse.Namespace) -> Found:
    if arguments.codefresh:
        return read_codefresh(arguments.codefresh)
    if arguments.terraform:
        return read_terraform(arguments.terraform)
    ask = ask_helper if arguments.resolve else None
    return read_docker(config_path(arguments.docker_config), ask)


def _judge(client: RegistryClient, found: Found) -> _Import:
    present = {registry_id(each.name): each for each in client.all()}
    new, kept, left_out = _sorted_out(found.registries, present)
    notes, settings = list(found.notes), client.settings()
    while True:
        names = {each.name for each in new} | present.keys()
        account = WantedAccount(
            registries=tuple(_modest(each, names, settings, notes) for each in new)
        )
        plan = make_plan(client, account)
        if not plan.faults:
            break
        for fault in plan.faults:  # without these, the others may be in order
            left_out[fault.name] = f"{fault.key}: {fault.message}"
        new = [each for each in new if each.name not in left_out]
    told = dict.fromkeys(note for note in notes if note.partition(":")[0] not in left_out)
    return _Import(plan=plan, kept=tuple(kept), left_out=left_out, notes=tuple(told))


def _sorted_out(
    registries: Sequence[Wanted], present: Mapping[str, Registry]
) -> tuple[list[Wanted], list[str], dict[str, str]]:
    """Return what is new, what is there already, and what cannot be there."""
    new: list[Wanted] = []
    kept: list[str] = []
    left_out: dict[str, str] = {}
    for wanted in registries:
        there = present.get(wanted.name)
        if any(each.name == wanted.name for each in new):
            left_out[wanted.name] = "the file has a registry of this name already"
        elif there is None:
            new.append(wanted)
        elif _is_same(wanted.registry, there):
            kept.append(wanted.name)
        else:
            left_out[wanted.name] = (
                f'there is another registry of this name, with the domain "{there.domain}"; '
                "rename one of them"
            )
    return new, kept, left_out


def _is_same(wanted: Registry, present: Registry) -> bool:
    """Whether a registry was taken over before; its login may have got its secret since."""
    domains = (present.domain, present.domain.removesuffix("-docker.pkg.dev"), "")
    return wanted.provider == present.provider and wanted.domain in domains


def _modest(
    wanted: Wanted, names: set[str], settings: RegistrySettings, notes: list[str]
) -> Wanted:
    """Return a wanted registry that takes no role from another and names no missing fallback."""
    registry = Registry()
    registry.CopyFrom(wanted.registry)
    fallback = registry_id(registry.fallback_registry)
    if fallback and fallback not in names:
        registry.fallback_registry = ""
        notes.append(f'{wanted.name}: its fallback "{fallback}" was left out')
    taken = {
        role: registry_id(getattr(settings, field))
        for role, field in ROLES.items()
        if getattr(settings, field) not in ("", REGISTRIES.name(wanted.name))
    }
    notes += [
        f'{wanted.name}: "{taken[role]}" stays the {role} registry; '
        f"`freshet registry set-{role} {wanted.name}` changes that"
        for role in wanted.roles
        if role in taken
    ]
    roles = {role: given for role, given in wanted.roles.items() if role not in taken}
    return wanted.replaced(registry=registry, roles=roles)


def _show(judged: _Import, form: str) -> None:
    if form == "json":
        told = {
            "changes": plan_facts(judged.plan),
            "kept": judged.kept,
            "left_out": judged.left_out,
            "notes": judged.notes,
        }
        print(json.dumps(told, indent=2))
    else:
        print("\n".join(plan_lines(judged.plan)))
        if judged.kept:
            print(f"there already: {', '.join(judged.kept)}")
    sys.stdout.flush()  # before the question, and before what is told on the other stream
