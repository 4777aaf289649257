"""What settings a service has: a dataclass whose fields are made by `setting`.

Each field is the flag `--some-name`, the variable `<PREFIX>_SOME_NAME` and the key `some-name` of
the file; `freshet.rpc.configuration` reads them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

_KEY = "freshet"


class Table(Protocol):
    """The settings of a program: a dataclass whose fields `setting` made."""

    def check(self) -> None:
        """Refuse settings that do not fit together.

        Raises:
            InvalidSetting: they do not.
        """


_Table = TypeVar("_Table", bound=Table)


class InvalidSetting(Exception):
    """A setting is unknown, missing or malformed; the message says which and where it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a setting is."""

    help: str
    """What it is for, in one clause."""
    read: Callable[[str], object]
    """Makes the value of text; raises `ValueError` with what is wrong."""
    metavar: str
    shown: str
    """What holds when it is not given."""
    switch: bool
    """Whether it is on or off."""
    table: bool
    """Whether it is a table of names and values, `name=value` in a flag."""
    secret: Callable[[str], bool]
    """Tells whether a text holds a password: it is then not printed, and no flag."""
    needed: bool
    """Whether it must be given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program(Generic[_Table]):
    """A service as its command line sees it."""

    name: str
    """Of the module that is started."""
    prefix: str
    """Of its variables, for example `FRESHET_REGISTRY`."""
    description: str
    epilog: str
    table: type[_Table]
    """The dataclass of its settings."""

    def kinds(self) -> dict[str, Kind]:
        """Return what each setting is, by its name."""
        fields = dataclasses.fields(self.table)  # type: ignore[arg-type]  # it is a dataclass
        return {field.name.replace("_", "-"): field.metadata[_KEY] for field in fields}

    def variable(self, name: str) -> str:
        """Return the environment variable of the setting `name`."""
        return f"{self.prefix}_{name.replace('-', '_').upper()}"


def setting(
    help: str,
    *,
    read: Callable[[str], object] = str,
    metavar: str = "TEXT",
    default: object = dataclasses.MISSING,
    shown: str = "",
    switch: bool = False,
    table: bool = False,
    secret: Callable[[str], bool] = lambda _text: False,
) -> Any:  # noqa: ANN401  # as `dataclasses.field`
    """Return a field of a table of settings; without a `default` it must be given.

    `shown` is what the help says that holds by default, where `default` does not say it.
    """
    kind = Kind(
        help=help,
        read=read,
        metavar=metavar,
        shown=shown or _shown(default),
        switch=switch,
        table=table,
        secret=secret,
        needed=default is dataclasses.MISSING,
    )
    return dataclasses.field(default=default, metadata={_KEY: kind})


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return "on" if default else "off"
    return "" if default in (dataclasses.MISSING, None) else str(default)
