"""`freshet registry update`: changes what is said, and nothing else."""

import argparse

from compiler.cli.exits import FINE, WRONG_USE, CommandError
from compiler.cli.registry.facts import tell
from compiler.cli.registry.form import read_form
from compiler.cli.registry.listing import print_registry
from compiler.cli.registry.service import refusals_by_option, registry_client


def run(arguments: argparse.Namespace) -> int:
    """Change a registry, as long as nobody else has changed it meanwhile."""
    with registry_client() as client, refusals_by_option():
        present = client.get(arguments.name)
        form = read_form(arguments, present)
        if not form.paths:
            raise CommandError(WRONG_USE, "nothing to change was said", "say it with options")
        form.registry.name = present.name
        form.registry.etag = arguments.if_unchanged or present.etag
        after = client.update(form.registry, form.paths)
        print_registry(after, client.settings(), arguments.format)
    if any(path.startswith(("login", "transport", "domain")) for path in form.paths):
        tell(f"`freshet registry test {arguments.name}` tells whether it works")
    return FINE
