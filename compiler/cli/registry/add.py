"""`freshet registry add`."""

import argparse

from compiler.cli.exits import FINDINGS, FINE, CommandError
from compiler.cli.registry.check import check_lines, has_failed
from compiler.cli.registry.facts import ROLES, tell
from compiler.cli.registry.form import read_form
from compiler.cli.registry.listing import print_registry
from compiler.cli.registry.service import RegistryClient, refusals_by_option, registry_client
from freshet.registry.v1.registry_pb2 import Registry
from freshet.rpc.names import REGISTRIES


def run(arguments: argparse.Namespace) -> int:
    """Add a registry, once it has been tried."""
    draft = read_form(arguments).registry
    with registry_client() as client, refusals_by_option():
        client.create(arguments.name, draft, validate_only=True)
        if not arguments.no_test:
            _try(client, arguments.name, draft)
        registry = client.create(arguments.name, draft)
        for role, field in ROLES.items():
            if getattr(arguments, role):
                client.assign(field, registry.name)
        print_registry(registry, client.settings(), arguments.format)
    return FINE


def _try(client: RegistryClient, name: str, draft: Registry) -> None:
    """Refuse a registry that does not work.

    Raises:
        CommandError: something of it failed.
    """
    named = Registry(name=REGISTRIES.name(name))
    named.MergeFrom(draft)
    checks = client.test(named)
    for line in check_lines(checks):
        tell(line)
    if has_failed(checks):
        raise CommandError(
            FINDINGS,
            f'"{name}" was not added, since it does not work',
            "mend what failed, or add it untried with `--no-test`",
        )
