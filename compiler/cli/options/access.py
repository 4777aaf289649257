"""What `freshet token` and `freshet audit` take."""

from __future__ import annotations

import argparse

from compiler.cli.options import Command, HelpText, add_format, epilog, sentence

_ROLES = ("reader", "runner", "editor", "admin")
_ROLES_HELP = """roles:
  reader  reads registries and runs, and resolves names
  runner  as a reader, and is issued credentials
  editor  as a reader, and changes registries, and starts and stops runs
  admin   everything, tokens and the audit log included
"""


def _add_token_options(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    create = _action(
        actions,
        "create",
        "make a token, and print its secret this once",
        "freshet token create runner-of-ann --role runner --expires 90d > token",
    )
    create.add_argument("display_name", metavar="NAME", help="who or what gets it")
    create.add_argument("--role", choices=_ROLES, required=True, help="what it allows")
    create.add_argument(
        "--expires", metavar="TIME", help="how long it works, as in `12h` or `90d` (for ever)"
    )
    add_format(create, "text", "json")
    add_format(_action(actions, "list", "list the tokens, without secrets"), "text", "json")
    remove = _action(
        actions,
        "remove",
        "take a token away; it works no longer",
        "freshet token remove t0123456789ab",
    )
    remove.add_argument("name", metavar="TOKEN", help="its name, as `freshet token list` shows it")


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    example: str = "",
) -> argparse.ArgumentParser:
    parser = actions.add_parser(
        name,
        help=summary,
        description=sentence(summary),
        epilog=epilog((example or f"freshet token {name}",), _ROLES_HELP),
        formatter_class=HelpText,
    )
    parser.set_defaults(action=name)
    return parser


def _add_audit_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--limit", type=int, default=50, metavar="COUNT", help="how many entries (50)"
    )
    add_format(parser, "text", "json")


COMMANDS = (
    Command(
        name="token",
        summary="decide who may call the registry service",
        examples=(
            "freshet token create runner-of-ann --role runner --expires 90d > token",
            "freshet token list",
            "freshet token remove t0123456789ab",
        ),
        notes=_ROLES_HELP,
        module="tokens",
        add_options=_add_token_options,
    ),
    Command(
        name="audit",
        summary="tell who changed registries, was issued credentials, or was refused",
        examples=("freshet audit", "freshet audit --limit 1000 --format json"),
        module="audit",
        add_options=_add_audit_options,
    ),
)
