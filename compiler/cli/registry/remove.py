"""`freshet registry remove`."""

import argparse
import json
from collections.abc import Iterable

from compiler.cli.exits import FINDINGS, FINE
from compiler.cli.registry.confirm import confirm
from compiler.cli.registry.facts import ROLES, registry_id, tell
from compiler.cli.registry.service import registry_client
from freshet.registry.v1.registry_pb2 import Registry, RegistrySettings


def run(arguments: argparse.Namespace) -> int:
    """Forget a registry, after saying what points at it."""
    with registry_client() as client:
        registry = client.get(arguments.name)
        pointing = pointers(registry, client.all(), client.settings())
        for each in pointing:
            tell(f'"{arguments.name}" is {each}')
        if not confirm(f'remove "{arguments.name}"', yes=arguments.yes):
            tell("nothing was removed")
            return FINDINGS
        client.delete(registry)
    if arguments.format == "json":
        print(json.dumps({"removed": arguments.name, "was": pointing}, indent=2))
    else:
        print(f"{arguments.name}: removed; its images stay")
    return FINE


def pointers(
    registry: Registry, registries: Iterable[Registry], settings: RegistrySettings
) -> list[str]:
    """Return what points at a registry, and will no longer when it is gone."""
    roles = [
        f"the {role} registry"
        for role, field in ROLES.items()
        if getattr(settings, field) == registry.name
    ]
    registries = list(registries)
    fallbacks = [
        f'the fallback of "{registry_id(each.name)}"'
        for each in registries
        if each.fallback_registry == registry.name
    ]
    sharing = [each for each in registries if each.domain == registry.domain]
    if registry.primary and len(sharing) > 1:
        roles.append(f'the primary registry of "{registry.domain}"')
    return roles + fallbacks
