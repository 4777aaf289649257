"""`freshet registry apply`: makes the account as a file wants it."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import suppress
from pathlib import Path

from compiler import mistakes
from compiler.cli.account_file import read_source, refuse_mistakes
from compiler.cli.exits import FINDINGS, FINE
from compiler.cli.files import STANDARD_INPUT
from compiler.cli.registry.changes import carry_out, plan_facts, plan_lines, removal_lines
from compiler.cli.registry.confirm import confirm
from compiler.cli.registry.facts import tell
from compiler.cli.registry.file import read_registries
from compiler.cli.registry.plan import Plan, make_plan
from compiler.cli.registry.service import registry_client
from compiler.cli.registry.wanted import WantedAccount
from compiler.diagnostics import Findings, TooManyErrors
from compiler.source import START, Source

_WHAT = "file of registries"


def run(arguments: argparse.Namespace) -> int:
    """Show what differs, and change it once that was confirmed."""
    source = read_source(arguments.file, _WHAT)
    account = _read(source)
    with registry_client() as client:
        plan = make_plan(
            client, account, prune=arguments.prune, renew_secrets=arguments.renew_secrets
        )
        _refuse_faults(source, account, plan)
        wants_only_plan = arguments.check or arguments.dry_run
        applies = bool(plan.changes) and not wants_only_plan
        _show(plan, arguments.format)
        for line in removal_lines(plan, client.all(), client.settings()):
            tell(line)
        if plan.untouched:
            tell(f"kept, though not in the file: {', '.join(plan.untouched)} (see `--prune`)")
        if applies:
            if not confirm("apply these changes", yes=arguments.yes):
                tell("nothing was changed")
                return FINDINGS
            carry_out(client, plan)
    return FINDINGS if arguments.check and plan.changes else FINE


def _read(source: Source) -> WantedAccount:
    findings = Findings()
    folder = Path() if source.path == STANDARD_INPUT else Path(source.path).parent
    account = WantedAccount(registries=())
    with suppress(TooManyErrors):
        account = read_registries(source, folder, findings)
    refuse_mistakes(source, findings, _WHAT, secret=True)
    return account


def _refuse_faults(source: Source, account: WantedAccount, plan: Plan) -> None:
    """Tell where in the file rules of registries are broken."""
    findings = Findings()
    places = {wanted.name: wanted.places for wanted in account.registries}
    for fault in plan.faults:
        keys = places[fault.name]
        place = keys.get(fault.key, keys.get("name", START))
        findings.add(mistakes.broken_registry_rule(fault.key, fault.message, place))
    refuse_mistakes(source, findings, _WHAT, secret=True)


def _show(plan: Plan, form: str) -> None:
    if form == "json":
        print(json.dumps({"changes": plan_facts(plan), "untouched": plan.untouched}, indent=2))
    elif plan.changes:
        print("\n".join(plan_lines(plan)))
    else:
        print("nothing to do: everything is as the file wants it")
    sys.stdout.flush()  # before the question, and before what is told on the other stream
