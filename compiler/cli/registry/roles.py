"""`freshet registry set-default` and `freshet registry set-cache`."""

import argparse
import json

from compiler.cli.exits import FINE, WRONG_USE, CommandError
from compiler.cli.registry.facts import DEFAULT_PUSHES, ROLES, registry_id
from compiler.cli.registry.service import registry_client
from freshet.registry.v1.registry_pb2 import RegistrySettings
from freshet.rpc.names import REGISTRIES


def run(arguments: argparse.Namespace) -> int:
    """Give a role to a registry, or to none."""
    if bool(arguments.name) == arguments.none:
        raise CommandError(WRONG_USE, "give the name of a registry, or `--none`")
    role = arguments.action.removeprefix("set-")
    name = "" if arguments.none else REGISTRIES.name(arguments.name)
    with registry_client() as client:
        settings = client.assign(ROLES[role], name)
    if arguments.format == "json":
        print(json.dumps(settings_facts(settings), indent=2))
    else:
        print(f"{role} registry: {arguments.name or 'none'}")
    return FINE


def settings_facts(settings: RegistrySettings) -> dict[str, str]:
    """Return what people see of the settings."""
    pushes = {number: word for word, number in DEFAULT_PUSHES.items()}
    return {
        **{role: registry_id(getattr(settings, field)) for role, field in ROLES.items()},
        "default_push": pushes.get(settings.default_push, "auto"),
    }
