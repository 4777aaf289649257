"""The words of the command line, and its top loop.

A command is a module with a function `run`; it is imported when it is called, and not before.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from compiler.cli.exits import FINE, RUN_STOPPED, CommandError

_DESCRIPTION = "The open, self-hosted engine for codefresh.yml pipelines."
_EPILOG = """exit codes:
  0  fine
  1  the pipeline has mistakes, or a request was refused
  2  wrong use
  3  a service or the Docker daemon could not be reached
  4  a run failed
  5  a run was cancelled or terminated

examples:
  freshet check
  freshet registry add ghcr --provider ghcr --prefix acme --username me --password-stdin
  freshet run
"""
_PIPELINE_HELP = "pipeline file, `-` for standard input (codefresh.yml of the workspace)"
_PROVIDERS = (
    "dockerhub", "ecr", "gcr", "gar", "acr", "artifactory", "quay", "ghcr", "other",
)  # fmt: skip

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def run_command_line(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        command: Callable[[argparse.Namespace], int] = import_module(parsed.module).run
        return command(parsed)
    except CommandError as error:
        print(f"freshet: {error}", file=sys.stderr)
        if error.help:
            print(f"  help: {error.help}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return RUN_STOPPED
    except BrokenPipeError:
        # The reader has gone, as in `| head`: nothing is left to say, and nowhere to say it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="freshet",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, help="print the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_check(commands)
    _add_compile(commands)
    _add_run(commands)
    _add_runs(commands)
    _add_registry(commands)
    _add_services(commands)
    return parser


class _Version(argparse.Action):
    """Prints the version, which is looked up only then."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from freshet import __version__

        print(f"freshet {__version__}")
        parser.exit()


def _add(
    commands: _Commands, name: str, module: str, summary: str, examples: Sequence[str]
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog="\n  ".join(["examples:", *examples]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(module=f"compiler.cli.{module}", action=name)
    return parser


def _add_format(parser: argparse.ArgumentParser, *formats: str) -> None:
    parser.add_argument(
        "--format", choices=formats, default=formats[0], help=f"form of the output ({formats[0]})"
    )


def _add_variables(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--workspace", type=Path, metavar="DIRECTORY",
        help="root of the files (that of the Git work tree the pipeline file is in)")  # fmt: skip
    add("--branch", help="branch or tag that is built (that of the Git work tree)")
    add("--var", action="append", default=[], metavar="NAME=VALUE", help="set a variable")
    add("--var-file", action="append", default=[], type=Path, metavar="FILE",
        help="set the variables of a file with NAME=VALUE lines")  # fmt: skip


def _add_check(commands: _Commands) -> None:
    parser = _add(
        commands,
        "check",
        "check",
        "find mistakes in pipeline files",
        [
            "freshet check",
            "freshet check ci/*.yml --format json",
            "freshet check - < codefresh.yml",
        ],
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help=_PIPELINE_HELP)
    _add_format(parser, "text", "json")


def _add_compile(commands: _Commands) -> None:
    parser = _add(
        commands,
        "compile",
        "compile",
        "show the plan of a pipeline: what runs in what order, what is pushed where",
        ["freshet compile", "freshet compile --format json --var VERSION=1.2 > plan.json"],
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help=_PIPELINE_HELP)
    _add_variables(parser)
    _add_format(parser, "text", "json", "binary")


def _add_run(commands: _Commands) -> None:
    parser = _add(
        commands,
        "run",
        "run",
        "run a pipeline: compile it, build and push on the Docker daemon, and follow it",
        ["freshet run", "freshet run ci/release.yml --var VERSION=1.2 --secret TOKEN"],
    )
    add = parser.add_argument
    add("file", nargs="?", metavar="FILE", help=_PIPELINE_HELP)
    _add_variables(parser)
    add("--secret", action="append", default=[], metavar="NAME",
        help="take the variable NAME from the environment and hide its value")  # fmt: skip
    add("--no-cache", action="store_true", help="leave the layer cache of the builder unused")
    add("--detach", action="store_true", help="print the name of the run and do not wait for it")
    _add_format(parser, "text", "json")


def _add_runs(commands: _Commands) -> None:
    listing = _add(commands, "runs", "runs", "list the newest runs", ["freshet runs --limit 5"])
    listing.add_argument("--limit", type=int, default=20, help="how many at most (20)")
    _add_format(listing, "text", "json")
    watch = _add(
        commands,
        "watch",
        "runs",
        "show a run from its beginning to its end",
        ["freshet watch runs/6b0487c73be811bcd320e476"],
    )
    watch.add_argument("name", metavar="RUN")
    _add_format(watch, "text", "json")
    cancel = _add(commands, "cancel", "runs", "ask a run to stop", ["freshet cancel RUN"])
    cancel.add_argument("name", metavar="RUN")


def _add_services(commands: _Commands) -> None:
    _add(commands, "up", "services", "start the services on this machine", ["freshet up"])
    _add(commands, "down", "services", "stop the services on this machine", ["freshet down"])
    status = _add(
        commands,
        "status",
        "services",
        "tell how the services and the Docker daemon are",
        ["freshet status", "freshet status --format json"],
    )
    _add_format(status, "text", "json")


def _add_registry(commands: _Commands) -> None:
    parser = _add(
        commands,
        "registry",
        "registry",
        "tell Freshet about Docker registries",
        [
            "freshet registry add hub --provider dockerhub --username me --password-stdin",
            "freshet registry add local --domain 127.0.0.1:5000",
            "freshet registry set-default hub",
        ],
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    _add_registry_add(actions)
    for name, summary in (
        ("show", "show one registry"),
        ("set-default", "let build and push steps that name no registry use this one"),
        ("set-cache", "let this registry keep images for later builds"),
        ("verify", "log in to a registry now"),
        ("remove", "forget a registry; its images stay"),
    ):
        action = _add(actions, name, "registry", summary, [f"freshet registry {name} ghcr"])
        if name in ("set-default", "set-cache"):
            action.add_argument("name", nargs="?", metavar="NAME")
            action.add_argument("--none", action="store_true", help="let no registry be it")
        else:
            action.add_argument("name", metavar="NAME")
        _add_format(action, "text", "json")
    listing = _add(actions, "list", "registry", "list the registries", ["freshet registry list"])
    _add_format(listing, "text", "json")


def _add_registry_add(actions: _Commands) -> None:
    parser = _add(
        actions,
        "add",
        "registry",
        "add a registry, after logging in to it once",
        [
            "echo $TOKEN | freshet registry add ghcr --provider ghcr --prefix acme \\",
            "    --username me --password-stdin --default",
            "freshet registry add gar --provider gar --domain europe-docker.pkg.dev \\",
            "    --keyfile key.json",
        ],
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
    _add_format(parser, "text", "json")
