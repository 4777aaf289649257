"""What one environment consists of, written down before it starts.

The file holds the accounts' passwords: it lies in the private state folder.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.engine.registries import Account, Registry


@cache
def code_version() -> str:
    """Return what tells this version of the package from others: a hash of its sources.

    An environment that an older version left running is started anew, its programs being old.
    """
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """An environment as it is meant to be."""

    kind: str
    docker_host: str
    kit: str
    """Folder of the kit; empty where the machine cannot have one."""
    registries: tuple[Registry, ...]
    seeder: Account
    """May push what the registries hold from the beginning; no test knows it."""
    names: tuple[tuple[str, str], ...] = ()
    """Address and host name, for names that only this environment resolves."""
    code: str = field(default_factory=code_version)
    """Which version of this package started it."""

    def registry(self, name: str) -> Registry | None:
        """Return the registry called `name`, if this environment has one."""
        return next((registry for registry in self.registries if registry.name == name), None)

    def write(self, file: Path) -> None:
        """Keep the description in `file`, readable by its owner only."""
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def read(cls, file: Path) -> "Description | None":
        """Return what `file` describes; none if it is absent or of another version of the code."""
        try:
            raw: dict[str, Any] = json.loads(file.read_text())
            if raw["code"] != code_version():
                return None
            registries = tuple(_registry(entry) for entry in raw.pop("registries"))
            names = tuple((address, name) for address, name in raw.pop("names"))
            seeder = _account(raw.pop("seeder"))
            return cls(registries=registries, names=names, seeder=seeder, **raw)
        except (FileNotFoundError, KeyError, TypeError, ValueError):
            return None


def _registry(raw: dict[str, Any]) -> Registry:
    accounts = tuple(_account(account) for account in raw.pop("accounts"))
    return Registry(accounts=accounts, public=tuple(raw.pop("public")), **raw)


def _account(raw: dict[str, Any]) -> Account:
    return Account(may_push=tuple(raw.pop("may_push")), **raw)
