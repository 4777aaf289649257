"""What `freshet registry` and its actions take."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.cli.options import Command, HelpText, add_format, epilog, sentence

if TYPE_CHECKING:
    _Actions = argparse._SubParsersAction[argparse.ArgumentParser]

_PROVIDERS = (
    "dockerhub", "ecr", "gcr", "gar", "acr", "artifactory", "quay", "ghcr", "other",
)  # fmt: skip
_ON_ONE = {
    "show": "show one registry",
    "verify": "log in to a registry now",
    "remove": "forget a registry; its images stay",
}
_ROLES = {
    "set-default": "let build and push steps that name no registry use this one",
    "set-cache": "let this registry keep images for later builds",
}


def _add_options(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    _add_add(actions)
    add_format(_action(actions, "list", "list the registries"), "text", "json")
    for name, summary in _ON_ONE.items():
        action = _action(actions, name, summary, f"freshet registry {name} ghcr")
        action.add_argument("name", metavar="NAME")
        add_format(action, "text", "json")
    for name, summary in _ROLES.items():
        action = _action(actions, name, summary, f"freshet registry {name} ghcr")
        action.add_argument("name", nargs="?", metavar="NAME")
        action.add_argument("--none", action="store_true", help="let no registry be it")
        add_format(action, "text", "json")


def _action(actions: _Actions, name: str, summary: str, *examples: str) -> argparse.ArgumentParser:
    parser = actions.add_parser(
        name,
        help=summary,
        description=sentence(summary),
        epilog=epilog(examples or (f"freshet registry {name}",)),
        formatter_class=HelpText,
    )
    parser.set_defaults(action=name)
    return parser


def _add_add(actions: _Actions) -> None:
    parser = _action(
        actions,
        "add",
        "add a registry, after logging in to it once",
        "echo $TOKEN | freshet registry add ghcr --provider ghcr --prefix acme \\",
        "    --username me --password-stdin --default",
        "freshet registry add gar --provider gar --domain europe-docker.pkg.dev \\",
        "    --keyfile key.json",
    )
    add = parser.add_argument
    add("name", metavar="NAME", help="the name that pipelines use")
    add("--provider", choices=_PROVIDERS, default="other", help="who runs it (other)")
    add("--domain", default="", help="host and port, as in `ghcr.io`")
    add("--prefix", default="", help="path in front of every image name")
    add("--username", default="", help="user name; without one, logins are anonymous")
    add("--password-stdin", action="store_true", help="read the password from standard input")
    add("--keyfile", type=Path, help="JSON key file of a Google service account")
    add("--region", default="", help="AWS region of an ECR registry")
    add("--access-key-id", default="", help="AWS access key id")
    add("--client-id", default="", help="client id of an Azure service principal")
    add("--fallback", default="", help="registry that is pulled from when this one fails")
    add("--primary", action="store_true", help="let pulls from the domain use this login")
    add("--ca", type=Path, help="PEM file with a private certificate authority")
    add("--insecure", action="store_true", help="do not verify the certificate")
    add("--plain-http", action="store_true", help="speak plain HTTP")
    add("--default", action="store_true", help="make it the default registry")
    add("--cache", action="store_true", help="make it the caching registry")
    add("--no-verify", action="store_true", help="do not log in first")
    add_format(parser, "text", "json")


COMMANDS = (
    Command(
        name="registry",
        summary="tell Freshet about Docker registries",
        examples=(
            "freshet registry add hub --provider dockerhub --username me --password-stdin",
            "freshet registry add local --domain 127.0.0.1:5000",
            "freshet registry set-default hub",
        ),
        module="registry",
        add_options=_add_options,
    ),
)
