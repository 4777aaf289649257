"""Test engines by hand: `python -m tests.engine --help`."""

import argparse
import json
import os
import sys

from tests.engine.environment import Environment
from tests.engine.errors import EngineError
from tests.engine.folder import FOLDER_VARIABLE, state_folder
from tests.engine.kinds import DOCKER_26
from tests.engine.kit import fetch
from tests.engine.lifecycle import EXTERNAL_VARIABLE, available_kinds, down, status, up
from tests.engine.progress import say

_FAILED = 1
_WRONG_USE = 2

_EXAMPLES = f"""
examples:
  python -m tests.engine up                      start the engine {DOCKER_26} with its registries
  python -m tests.engine up 20.10 26.1           start two engines, side by side
  python -m tests.engine status --json           sockets, registries, accounts
  python -m tests.engine shell                   a shell with docker inside the environment
  python -m tests.engine shell 20.10 -- docker version
  python -m tests.engine down                    stop all engines, delete what they hold

environment variables:
  {FOLDER_VARIABLE}        folder for packages, images and sockets
  {EXTERNAL_VARIABLE}  use this Docker daemon instead, such as unix:///var/run/docker.sock

exit codes: 0 fine, 1 failed, 2 wrong use; `shell` ends with the code of its command.
"""


def main() -> int:
    """Do what the command line says."""
    arguments = _parser().parse_args()
    try:
        return int(arguments.run(arguments))
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        print("error: interrupted; nothing half-started is left running", file=sys.stderr)
        return _FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.engine",
        description="Real Docker engines and registries for tests and demos.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    fetching = commands.add_parser("fetch", help="fetch the Debian packages of the kit")
    fetching.set_defaults(run=_fetch)
    for name, run, default, text in (
        ("up", _up, (DOCKER_26,), f"start engines (default: {DOCKER_26})"),
        ("down", _down, available_kinds(), "stop engines and delete what they hold (default: all)"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("kinds", nargs="*", metavar="KIND", help=_kinds_help())
        command.set_defaults(run=run, default=default)
    showing = commands.add_parser("status", help="show engines, registries and accounts")
    showing.add_argument("--json", action="store_true", help="print for programs")
    showing.set_defaults(run=_status)
    entering = commands.add_parser("shell", help="run a command, or a shell, in an environment")
    entering.add_argument("words", nargs=argparse.REMAINDER, metavar="[KIND] [-- COMMAND…]")
    entering.set_defaults(run=_shell)
    return parser


def _kinds_help() -> str:
    return f"one of {', '.join(available_kinds())}"


def _chosen(arguments: argparse.Namespace) -> list[str]:
    kinds: list[str] = arguments.kinds or list(arguments.default)
    return [_known(kind) for kind in kinds]


def _known(kind: str) -> str:
    if os.environ.get(EXTERNAL_VARIABLE) or kind in available_kinds():
        return kind
    print(f'error: there is no engine "{kind}"; {_kinds_help()}', file=sys.stderr)
    sys.exit(_WRONG_USE)


def _fetch(_: argparse.Namespace) -> int:
    print(fetch(state_folder()).root)
    return 0


def _up(arguments: argparse.Namespace) -> int:
    for kind in _chosen(arguments):
        environment = up(kind)
        print(f"{environment.kind}: DOCKER_HOST={environment.docker_host}")
    return 0


def _down(arguments: argparse.Namespace) -> int:
    for kind in _chosen(arguments):
        say(f"{kind}: stopped" if down(kind) else f"{kind}: was not there")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    found = status()
    if arguments.json:
        engines = {one.kind: _plain(one.environment) for one in found}
        print(json.dumps(engines, indent=2))
        return 0
    for one in found:
        print(f"{one.kind}: {one.environment.docker_host if one.environment else 'down'}")
        for registry in one.environment.description.registries if one.environment else ():
            print(f"  {registry.name:6} {registry.domain}")
            for account in registry.accounts:
                print(f"         {account.username} {account.password}")
    return 0


def _plain(environment: Environment | None) -> dict[str, object] | None:
    if environment is None:
        return None
    return {
        "docker_host": environment.docker_host,
        "command": environment.command([]),
        "environment": environment.docker_cli_environment,
        "registries": {
            registry.name: {
                "domain": registry.domain,
                "url": registry.url,
                "accounts": {one.username: one.password for one in registry.accounts},
                "ca_certificate_pem": registry.ca_certificate_pem,
            }
            for registry in environment.description.registries
        },
    }


def _shell(arguments: argparse.Namespace) -> int:
    words: list[str] = arguments.words
    kind = words.pop(0) if words and words[0] != "--" else DOCKER_26
    command = words[1:] if words[:1] == ["--"] else words
    environment = up(_known(kind))
    shell = command or [os.environ.get("SHELL", "/bin/sh")]
    variables = os.environ | environment.docker_cli_environment
    argv = environment.command(shell)
    os.execvpe(argv[0], argv, variables)


if __name__ == "__main__":
    sys.exit(main())
