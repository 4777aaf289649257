"""Reading settings: from flags, the environment and a TOML file.

A flag wins over the variable, the variable over the file. Keys of the file that there are not are
refused, and so are variables that are nearly right.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from freshet.rpc.settings import InvalidSetting, Kind, Program, Table

_Table = TypeVar("_Table", bound=Table)
_SIMILAR = 0.8
"""How like a known variable an unknown one is that must be a slip. Others belong to somebody else:
Kubernetes, for example, sets variables for every service by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A value that somebody gave, and where."""

    text: str
    origin: str
    """`--listen`, `FRESHET_REGISTRY_LISTEN` or `"file.toml", listen`."""


def read_settings(
    program: Program[_Table],
    arguments: Sequence[str] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> _Table:
    """Return the settings that the command line, the environment and the file give.

    Ends the process after `--help` and `--print-config`, and on flags that argparse refuses.

    Raises:
        InvalidSetting: one is unknown, missing or malformed.
    """
    parsed = _parser(program).parse_args(arguments)
    given = _collect(program, vars(parsed), environment)
    values = program.table(**dict(_values(program, given)))
    values.check()
    if parsed.print_config:
        print("\n".join(_lines(program, given)))
        raise SystemExit(0)
    return values


def _parser(program: Program[_Table]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program.name,
        description=program.description,
        epilog=program.epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--config", metavar="FILE", help=f"TOML file with settings ({program.prefix}_CONFIG)"
    )
    parser.add_argument(
        "--print-config",
        action="store_true",
        help="check the settings, print them with their origins, and exit",
    )
    for name, kind in program.kinds().items():
        help = f"{kind.help} ({program.variable(name)}{kind.shown and '; ' + kind.shown})"
        if kind.switch:
            parser.add_argument(f"--{name}", action="store_const", const="true", help=help)
        else:
            parser.add_argument(
                f"--{name}",
                metavar=kind.metavar,
                help=help,
                action="append" if kind.table else "store",
            )
    return parser


def _collect(
    program: Program[_Table], flags: Mapping[str, Any], environment: Mapping[str, str]
) -> dict[str, Given]:
    """Return what is given of each setting, by the origin that wins."""
    kinds = program.kinds()
    variables = _of_environment(program, kinds, environment)
    path = flags["config"] or environment.get(f"{program.prefix}_CONFIG")
    return {
        **(_of_file(Path(path), kinds) if path else {}),
        **variables,
        **dict(_of_flags(program, kinds, flags)),
    }


def _of_flags(
    program: Program[_Table], kinds: Mapping[str, Kind], flags: Mapping[str, Any]
) -> Iterator[tuple[str, Given]]:
    for name in kinds:
        value: str | list[str] | None = flags[name.replace("-", "_")]
        if value is not None:
            text = value if isinstance(value, str) else ",".join(value)
            if kinds[name].secret(text):  # others can read a command line
                raise InvalidSetting(
                    f"--{name} must not hold a password; use {program.variable(name)} or a file"
                )
            yield name, Given(text=text, origin=f"--{name}")


def _of_environment(
    program: Program[_Table], kinds: Iterable[str], environment: Mapping[str, str]
) -> dict[str, Given]:
    names = {program.variable(name): name for name in kinds}
    own = len(program.variable(""))  # a beginning that all share would make all alike
    ends = {variable[own:]: variable for variable in names}
    for variable in environment.keys() - names.keys() - {program.variable("config")}:
        ours = variable.startswith(program.variable(""))
        if near := ours and _nearest(variable[own:], ends, _SIMILAR):
            raise InvalidSetting(f'there is no setting "{variable}"; did you mean "{ends[near]}"?')
    return {
        name: Given(text=environment[variable], origin=variable)
        for variable, name in names.items()
        if environment.get(variable)
    }


def _of_file(path: Path, kinds: Mapping[str, Kind]) -> dict[str, Given]:
    import tomllib  # a start without a file need not wait for it

    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise InvalidSetting(f'cannot read "{path}": {error.strerror}') from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidSetting(f'"{path}" is no TOML: {error}') from error
    for key in content.keys() - kinds.keys():
        near = _nearest(key, kinds, 0.6)
        help = f'did you mean "{near}"?' if near else "`--help` lists those there are"
        raise InvalidSetting(f'"{path}" has an unknown setting "{key}"; {help}')
    return {
        key: Given(text=_as_text(value, kinds[key], where), origin=where)
        for key, value in content.items()
        for where in (f'"{path}", {key}',)
    }


def _nearest(name: str, names: Iterable[str], similarity: float) -> str:
    from difflib import get_close_matches  # only who made a slip waits for it

    return "".join(get_close_matches(name, names, n=1, cutoff=similarity))


def _as_text(value: object, kind: Kind, origin: str) -> str:
    """Return a value of a TOML file as a flag would say it."""
    if kind.table and isinstance(value, dict):
        pairs = {key: inner for key, inner in value.items() if isinstance(inner, str)}
        if len(pairs) == len(value):
            return ",".join(f"{key}={inner}" for key, inner in pairs.items())
    elif kind.switch and isinstance(value, bool):
        return str(value).lower()
    elif not kind.table and not kind.switch and type(value) in (str, int):
        return str(value)
    expected = "a table of texts" if kind.table else "true or false" if kind.switch else "text"
    raise InvalidSetting(f"{origin}: expected {expected}")


def _values(program: Program[_Table], given: Mapping[str, Given]) -> Iterator[tuple[str, object]]:
    for name, kind in program.kinds().items():
        if name in given:
            read = read_switch if kind.switch else kind.read
            yield name.replace("-", "_"), _read(given[name], read)
        elif kind.needed:
            raise InvalidSetting(
                f"--{name} is needed, or {program.variable(name)}, or {name} in the file"
            )


def _read(given: Given, read: Callable[[str], object]) -> object:
    try:
        return read(given.text)
    except ValueError as error:
        raise InvalidSetting(f"{given.origin}: {error}") from error


def read_switch(text: str) -> bool:
    """Return whether `text` says yes.

    Raises:
        ValueError: it says neither yes nor no.
    """
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if text.lower() not in words:
        raise ValueError(f'"{text}" is neither true nor false')
    return words[text.lower()]


def _lines(program: Program[_Table], given: Mapping[str, Given]) -> Iterator[str]:
    for name, kind in program.kinds().items():
        if name in given:
            yield f"{name} = {_as_toml(given[name].text, kind)}  # {given[name].origin}"
        else:
            yield f"# {name}: {kind.shown or 'not set'}"


def _as_toml(text: str, kind: Kind) -> str:
    if kind.switch:
        return str(read_switch(text)).lower()
    if kind.table:
        pairs = (pair.rpartition("=") for pair in text.split(","))
        return f"{{{', '.join(f'{_quoted(key)} = {_quoted(value)}' for key, _, value in pairs)}}}"
    return _quoted("(not shown)" if kind.secret(text) else text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a text of JSON is one of TOML
