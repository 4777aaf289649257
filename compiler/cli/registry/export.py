"""`freshet registry export`: writes the file that `apply` takes, without secrets."""

import argparse
import json
from collections import Counter

from compiler.cli.exits import FINE
from compiler.cli.registry.facts import facts_of
from compiler.cli.registry.fields import file_entry
from compiler.cli.registry.roles import settings_facts
from compiler.cli.registry.service import registry_client
from compiler.syntax.yaml_writer import write_yaml

_HEADER = """\
# Registries, as `freshet registry apply -f FILE` takes them. Stored secrets are not in here, and
# stay stored; for others, say where they are: `password: {env: NAME}`.
"""


def run(arguments: argparse.Namespace) -> int:
    """Print all registries and the settings, sorted by name."""
    with registry_client() as client:
        registries, settings = client.all(), client.settings()
    shared = Counter(each.domain for each in registries)
    content: dict[str, object] = {
        "registries": [
            file_entry(facts_of(each, settings), shares_domain=shared[each.domain] > 1)
            for each in registries
        ],
        "settings": {"default_push": settings_facts(settings)["default_push"]},
    }
    if arguments.format == "json":
        print(json.dumps(content, indent=2))
    else:
        print(_HEADER + write_yaml(content), end="")
    return FINE
