"""`freshet registry list` and `freshet registry show`."""

import argparse
import json

from compiler.cli.exits import FINE
from compiler.cli.registry.facts import facts_of, login_word, print_facts, print_table
from compiler.cli.registry.service import registry_client
from freshet.registry.v1.registry_pb2 import Registry, RegistrySettings

_COLUMNS = ("NAME", "PROVIDER", "DOMAIN", "PREFIX", "LOGIN", "ROLES")


def run(arguments: argparse.Namespace) -> int:
    """Print all registries, or all that is known of one."""
    with registry_client() as client:
        settings = client.settings()
        if arguments.action == "show":
            print_registry(client.get(arguments.name), settings, arguments.format)
        elif arguments.format == "json":
            print(json.dumps([facts_of(each, settings) for each in client.all()], indent=2))
        elif registries := client.all():
            print_table([_COLUMNS, *(_row(each, settings) for each in registries)])
        else:
            print("no registries yet; `freshet registry add --help` tells how to add one")
    return FINE


def print_registry(registry: Registry, settings: RegistrySettings, form: str) -> None:
    """Print all that is known of a registry, its etag included."""
    facts = {**facts_of(registry, settings), "etag": registry.etag}
    if form == "json":
        print(json.dumps(facts, indent=2))
    else:
        print_facts(facts)


def _row(registry: Registry, settings: RegistrySettings) -> tuple[str, ...]:
    facts = facts_of(registry, settings)
    roles = [role for role in ("default", "cache", "primary") if facts[role]]
    return (
        str(facts["name"]),
        str(facts["provider"]),
        registry.domain,
        registry.repository_prefix or "-",
        login_word(registry),
        ", ".join(roles) or "-",
    )
