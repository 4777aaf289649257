"""The variables that a pipeline is compiled and run with."""

import argparse
import getpass
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from compiler.cli.exits import WRONG_USE, CommandError


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """Variables of a run."""

    known: dict[str, str]
    """Those the compiler may read."""
    secret: dict[str, str] = field(repr=False)
    """Those that only the runner sees."""


def read_variables(
    arguments: argparse.Namespace, facts: Mapping[str, str], pipeline: str
) -> Variables:
    """Return what options, files and `facts` say; options win over files, both over facts.

    Raises:
        CommandError: an option or a file is malformed.
    """
    known = {
        **_system_variables(pipeline),
        **facts,
        **{name: value for path in arguments.var_file for name, value in _read_file(path)},
        **dict(_pair(text, "--var") for text in arguments.var),
    }
    secret = dict(_secret(name) for name in getattr(arguments, "secret", ()))
    return Variables(
        known={name: value for name, value in known.items() if name not in secret}, secret=secret
    )


def _system_variables(pipeline: str) -> dict[str, str]:
    return {
        "CI": "true",
        "CF_BUILD_INITIATOR": getpass.getuser(),
        "CF_BUILD_TRIGGER": "build",
        "CF_ACCOUNT": "local",
        "CF_PIPELINE_NAME": pipeline,
        "CF_VOLUME_PATH": "/codefresh/volume",
    }


def _read_file(path: Path) -> Iterator[tuple[str, str]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(WRONG_USE, f'the variable file "{path}" cannot be read: {error}') from (
            error
        )
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield _pair(line, f"{path}:{number}")


def _pair(text: str, where: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise CommandError(WRONG_USE, f'{where}: "{text}" is not of the form NAME=VALUE')
    return name.strip(), value


def _secret(name: str) -> tuple[str, str]:
    if name not in os.environ:
        raise CommandError(
            WRONG_USE,
            f"the secret {name.partition('=')[0]} is not in the environment",
            "values of secrets are not taken from options, where others see them",
        )
    return name, os.environ[name]
