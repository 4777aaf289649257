"""What `freshet registry` and its actions take."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from compiler.cli.options import Command, HelpText, add_format, epilog, sentence

if TYPE_CHECKING:
    _Actions = argparse._SubParsersAction[argparse.ArgumentParser]

_PROVIDERS = (
    "dockerhub", "ecr", "gcr", "gar", "acr", "artifactory", "quay", "ghcr", "other",
)  # fmt: skip
_SECRETS = """\
secrets: passwords, secret access keys, key files and client secrets are read from
  --secret-from stdin        standard input
  --secret-from env:NAME     a variable of this command's environment
  --secret-from file:PATH    a file, which nobody else should be able to read
  --secret-from prompt       the terminal, without showing it
Without any, FRESHET_REGISTRY_PASSWORD is read, or the terminal is asked.
"""


def _add_options(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    _add_add(actions)
    _add_update(actions)
    add_format(_action(actions, "list", "listing", "list the registries"), "text", "json")
    _one(_action(actions, "show", "listing", "show one registry", "freshet registry show ghcr"))
    _add_remove(actions)
    _add_role(actions, "default", "let build and push steps that name no registry use this one")
    _add_role(actions, "cache", "let this registry keep images for later builds")
    _add_test(actions)
    _add_import(actions)
    _add_export(actions)
    _add_apply(actions)


def _action(
    actions: _Actions, name: str, module: str, summary: str, *examples: str, notes: str = ""
) -> argparse.ArgumentParser:
    parser = actions.add_parser(
        name,
        help=summary,
        description=sentence(summary),
        epilog=epilog(examples or (f"freshet registry {name}",), notes),
        formatter_class=HelpText,
    )
    parser.set_defaults(action=name, module=f"compiler.cli.registry.{module}")
    return parser


def _one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the name that pipelines use")
    add_format(parser, "text", "json")


def _add_add(actions: _Actions) -> None:
    parser = _action(
        actions,
        "add",
        "add",
        "add a registry, after trying it once",
        "freshet registry add ghcr --provider ghcr --prefix acme --username me \\",
        "    --secret-from env:TOKEN --default",
        "freshet registry add aws --provider ecr --region eu-west-1",
        "freshet registry add gar --provider gar --location europe-north1 \\",
        "    --keyfile key.json",
        "freshet registry add azure --provider acr --domain acme.azurecr.io \\",
        "    --machine-identity",
        "freshet registry add own --domain registry.example.com:5000 --ca ca.pem",
        notes=_SECRETS,
    )
    _one(parser)
    parser.add_argument(
        "--provider", choices=_PROVIDERS, default="other", help="who runs it (other)"
    )
    _add_fields(parser)
    add = parser.add_argument
    add("--default", action="store_true", help="make it the default registry")
    add("--cache", action="store_true", help="make it the caching registry")
    add("--no-test", "--no-verify", action="store_true", help="do not try it first")


def _add_update(actions: _Actions) -> None:
    parser = _action(
        actions,
        "update",
        "update",
        "change what is said of a registry, and nothing else",
        "freshet registry update ghcr --secret-from prompt",
        "freshet registry update own --ca new.pem --fallback ghcr",
        "freshet registry update own --prefix '' --no-insecure",
        notes=f"Empty text takes a value away.\n\n{_SECRETS}",
    )
    _one(parser)
    _add_fields(parser)
    parser.add_argument(
        "--if-unchanged",
        metavar="ETAG",
        default="",
        help="only if the registry still has this etag, which `show` tells",
    )


def _add_fields(parser: argparse.ArgumentParser) -> None:
    """Let people say what a registry is. What is not said is None."""
    where = parser.add_argument_group("where it is, and names in it")
    domain = where.add_mutually_exclusive_group()
    domain.add_argument("--domain", help="host and port, as in `ghcr.io`")
    domain.add_argument("--location", help="location of Google Artifact Registry")
    where.add_argument("--prefix", help="path in front of every image name")
    where.add_argument("--fallback", metavar="NAME", help="registry to pull from when this fails")
    _yes_or_no(where, "--primary", "let pulls from the domain use this login")
    _yes_or_no(where, "--behind-firewall", "only the runner reaches it")
    _add_login(parser)
    secured = parser.add_argument_group("how the connection is secured")
    secured.add_argument("--ca", metavar="FILE", help="PEM file with private authorities")
    secured.add_argument("--client-certificate", metavar="FILE", help="PEM file that is shown")
    secured.add_argument("--client-key", metavar="FILE", help="PEM file with its private key")
    _yes_or_no(secured, "--insecure", "do not verify the certificate")
    _yes_or_no(secured, "--plain-http", "speak plain HTTP")


def _add_login(parser: argparse.ArgumentParser) -> None:
    login = parser.add_argument_group("who logs in; without any of these, nobody does")
    add = login.add_argument
    add("--username", help="user name")
    add("--region", help="AWS region")
    add("--access-key-id", metavar="ID", help="AWS access key id")
    add("--client-id", metavar="ID", help="client id of an Azure service principal")
    add(
        "--machine-identity",
        "--managed-identity",
        action="store_true",
        help="identity that AWS, Google or Azure gives the service's machine",
    )
    add("--helper", metavar="SUFFIX", help="program docker-credential-SUFFIX beside the service")
    add("--service-username-env", metavar="NAME", help="variable of the service with the user name")
    add("--service-password-env", metavar="NAME", help="variable of the service with the password")
    add("--anonymous", action="store_true", help="nobody")
    secret = parser.add_argument_group("the secret; see below")
    add = secret.add_argument
    add("--secret-from", metavar="SOURCE", help="where it is")
    add("--password-stdin", action="store_true", help="as `--secret-from stdin`")
    add("--password-env", metavar="NAME", help="as `--secret-from env:NAME`")
    add("--keyfile", metavar="PATH", help="JSON key file of a Google service account")
    add("--password", help="itself; others on this machine can see it")


def _yes_or_no(group: argparse._ArgumentGroup, option: str, help: str) -> None:
    group.add_argument(option, action=argparse.BooleanOptionalAction, help=help)


def _add_remove(actions: _Actions) -> None:
    parser = _action(
        actions,
        "remove",
        "remove",
        "forget a registry; its images stay",
        "freshet registry remove ghcr",
        "freshet registry remove ghcr --yes",
    )
    _one(parser)
    _add_yes(parser)


def _add_role(actions: _Actions, role: str, summary: str) -> None:
    name = f"set-{role}"
    parser = _action(
        actions,
        name,
        "roles",
        summary,
        f"freshet registry {name} ghcr",
        f"freshet registry {name} --none",
    )
    parser.add_argument("name", nargs="?", metavar="NAME")
    parser.add_argument("--none", action="store_true", help="let no registry be it")
    add_format(parser, "text", "json")


def _add_test(actions: _Actions) -> None:
    parser = _action(
        actions,
        "test",
        "check",
        "try a registry now: reach, certificate, login, rights",
        "freshet registry test ghcr",
        "freshet registry test ghcr --repository app",
        notes="Exit code 1 when something does not work.\n",
    )
    _one(parser)
    parser.add_argument(
        "--repository",
        default="",
        metavar="PATH",
        help="try the rights to pull and push this one too, named without domain and prefix",
    )


def _add_import(actions: _Actions) -> None:
    parser = _action(
        actions,
        "import",
        "take_over",
        "take registries over from Docker, Codefresh or Terraform",
        "freshet registry import --dry-run",
        "freshet registry import --docker-config ~/.docker --resolve",
        "freshet registry import --codefresh registries.json",
        "terraform show -json | freshet registry import --terraform - --yes",
        notes="Registries that are there already stay as they are.\n",
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--docker-config",
        metavar="PATH",
        help="Docker's config.json or its directory ($DOCKER_CONFIG, else ~/.docker)",
    )
    source.add_argument("--codefresh", metavar="FILE", help="list that GET /registries answers")
    source.add_argument("--terraform", metavar="FILE", help="state, or what `show -json` prints")
    parser.add_argument(
        "--resolve",
        action="store_true",
        help="ask Docker's credential helpers now, and store what they answer",
    )
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")
    _add_yes(parser)
    add_format(parser, "text", "json")


def _add_export(actions: _Actions) -> None:
    parser = _action(
        actions,
        "export",
        "export",
        "print the file that `apply` takes, without secrets",
        "freshet registry export > registries.yml",
    )
    add_format(parser, "text", "json")


def _add_apply(actions: _Actions) -> None:
    parser = _action(
        actions,
        "apply",
        "apply",
        "make the registries as a file wants them",
        "freshet registry apply -f registries.yml",
        "freshet registry apply -f registries.yml --check",
        "freshet registry apply -f registries.yml --prune --yes",
        notes="docs/registries.md tells the form of the file.\n",
    )
    parser.add_argument(
        "-f", "--file", required=True, metavar="FILE", help="the file, `-` for standard input"
    )
    parser.add_argument(
        "--prune", action="store_true", help="remove registries that are not in the file"
    )
    parser.add_argument(
        "--renew-secrets", action="store_true", help="send secrets that are stored already, too"
    )
    only = parser.add_mutually_exclusive_group()
    only.add_argument(
        "--check", action="store_true", help="only show; exit code 1 if all is not so"
    )
    only.add_argument("--dry-run", action="store_true", help="only show what would change")
    _add_yes(parser)
    add_format(parser, "text", "json")


def _add_yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")


COMMANDS = (
    Command(
        name="registry",
        summary="tell Freshet about Docker registries",
        examples=(
            "freshet registry add hub --provider dockerhub --username me --secret-from prompt",
            "freshet registry add local --domain 127.0.0.1:5000",
            "freshet registry set-default hub",
        ),
        module="registry.listing",
        add_options=_add_options,
    ),
)
