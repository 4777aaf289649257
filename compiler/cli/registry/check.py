"""`freshet registry test`: tries a registry now and tells what works."""

import argparse
import json
from collections.abc import Sequence

from compiler.cli.exits import FINDINGS, FINE
from compiler.cli.registry.service import registry_client
from compiler.formats.text import one_line
from freshet.registry.v1.registry_service_pb2 import RegistryCheck

_MARKS = {
    RegistryCheck.OUTCOME_PASSED: "ok",
    RegistryCheck.OUTCOME_FAILED: "FAILED",
    RegistryCheck.OUTCOME_NOT_TRIED: "-",
}
_UNKNOWN = "?"


def run(arguments: argparse.Namespace) -> int:
    """Try a registry; 1 when something of it does not work."""
    with registry_client() as client:
        checks = client.test(arguments.name, arguments.repository)
    if arguments.format == "json":
        told = {"name": arguments.name, "checks": [_facts(each) for each in checks]}
        print(json.dumps(told, indent=2))
    else:
        print("\n".join(check_lines(checks)))
    return FINDINGS if has_failed(checks) else FINE


def has_failed(checks: Sequence[RegistryCheck]) -> bool:
    """Whether something does not work."""
    return any(each.outcome == RegistryCheck.OUTCOME_FAILED for each in checks)


def check_lines(checks: Sequence[RegistryCheck]) -> list[str]:
    """Return one line for each thing that was tried, with the registry's own words."""
    lines = [
        f"{_MARKS.get(each.outcome, _UNKNOWN):6}  {_subject(each):5}  {one_line(each.message)}"
        for each in checks
    ]
    return [line.rstrip() for line in lines]


def _subject(check: RegistryCheck) -> str:
    if check.subject not in RegistryCheck.Subject.values():
        return _UNKNOWN  # of a newer service
    return RegistryCheck.Subject.Name(check.subject).removeprefix("SUBJECT_").lower()


def _facts(check: RegistryCheck) -> dict[str, str]:
    known = check.outcome in RegistryCheck.Outcome.values()
    outcome = RegistryCheck.Outcome.Name(check.outcome) if known else _UNKNOWN
    return {
        "subject": _subject(check),
        "outcome": outcome.removeprefix("OUTCOME_").lower(),
        "reason": check.reason,
        "message": check.message,
    }
