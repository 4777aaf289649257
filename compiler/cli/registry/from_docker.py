"""Reads Docker's `config.json`: logins in it, and the credential helpers that it names."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from compiler.cli.exits import WRONG_USE, CommandError
from compiler.cli.registry.fields import build
from compiler.cli.registry.found import (
    Found,
    load,
    mapping_of,
    one_primary,
    provider_of,
    split_domain,
    text_of,
)
from compiler.cli.registry.wanted import Wanted
from compiler.record import Record
from freshet.references import DOCKER_HUB

_LIMIT_S = 30.0
"""Longest wait for a credential helper."""
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_TOKEN_USERS = ("<token>", "")
"""Users of identity tokens."""
_AZURE_TOKEN_USER = "00000000-0000-0000-0000-000000000000"
"""Whoever logs in to Azure with a token in place of a password."""


class Login(Record):
    """A user and a password or token."""

    username: str
    secret: str


Ask = Callable[[str, str], Login]
"""Asks a credential helper, named by its suffix, about a server."""


def config_path(given: str | None) -> str:
    """Return where Docker's configuration is; `given` may be its directory."""
    path = Path(given or os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    return str(path / "config.json" if path.is_dir() else path)


def read_docker(path: str, ask: Ask | None) -> Found:
    """Return the registries that Docker is logged in to.

    With `ask`, credential helpers are asked now; without, the service will ask them itself.
    """
    config = mapping_of(load(path, "Docker configuration"))
    auths, helpers = mapping_of(config.get("auths")), mapping_of(config.get("credHelpers"))
    store = text_of(config.get("credsStore"))
    reader = _Reader(ask)
    for server in dict.fromkeys((*auths, *helpers)):
        auth = mapping_of(auths.get(server))
        helper = text_of(helpers.get(server)) or ("" if _has_login(auth) else store)
        reader.read(server, auth, helper)
    return Found(registries=one_primary(reader.registries), notes=tuple(reader.notes))


def ask_helper(helper: str, server: str) -> Login:
    """Ask `docker-credential-<helper>` about a server.

    Raises:
        CommandError: it is not there, fails, or does not answer as helpers do.
    """
    program = f"docker-credential-{helper}"
    try:
        ended = subprocess.run(
            [program, "get"], input=server.encode(), capture_output=True, timeout=_LIMIT_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or "it does not answer"
        raise CommandError(
            WRONG_USE, f'"{program}" cannot be asked about "{server}": {reason}'
        ) from error
    if ended.returncode:
        raise CommandError(
            WRONG_USE, f'"{program}" has no login for "{server}" (exit code {ended.returncode})'
        )
    try:
        answer = mapping_of(json.loads(ended.stdout))
    except ValueError as error:
        raise CommandError(WRONG_USE, f'"{program}" does not answer in JSON') from error
    return Login(username=text_of(answer.get("Username")), secret=text_of(answer.get("Secret")))


class _Reader:
    """Reads the servers of a configuration."""

    def __init__(self, ask: Ask | None) -> None:
        self._ask = ask
        self._names: set[str] = set()
        self.registries: list[Wanted] = []
        self.notes: list[str] = []

    def read(self, server: str, auth: Mapping[str, object], helper: str) -> None:
        domain, prefix = split_domain(server)
        if domain == DOCKER_HUB and prefix.startswith("v1/"):
            return  # tokens of Docker's own programs
        name = _name(domain, prefix)
        if name in self._names:
            self.notes.append(f'{name}: "{server}" names it once more, and was left out')
            return
        self._names.add(name)
        texts = {"name": name, "domain": domain, "provider": provider_of(domain)}
        texts |= {"prefix": prefix} if prefix else {}
        if helper and self._ask is None:
            self._add_helper(texts, helper)
        else:
            self._add_login(texts, self._login(name, server, auth, helper))

    def _add_helper(self, texts: dict[str, str], helper: str) -> None:
        self._add(texts | {"helper": helper})
        self.notes.append(
            f'{texts["name"]}: "docker-credential-{helper}" must work where the registry service '
            "runs; `--resolve` asks it here and stores what it answers"
        )

    def _add_login(self, texts: dict[str, str], login: Login | None) -> None:
        if login is None:
            self._add(texts)
            return
        if login.username in _TOKEN_USERS and texts["provider"] == "acr":
            login = Login(username=_AZURE_TOKEN_USER, secret=login.secret)
        if login.username in _TOKEN_USERS:
            self._add(texts)
            self.notes.append(
                f"{texts['name']}: it is logged in to with a token of Docker's, which cannot be "
                f"taken over; `freshet registry update {texts['name']} --username NAME "
                "--secret-from prompt` gives it a login"
            )
            return
        self._add(texts | {"username": login.username}, login.secret)

    def _login(
        self, name: str, server: str, auth: Mapping[str, object], helper: str
    ) -> Login | None:
        """Return who logs in; None: nobody, or that cannot be told."""
        try:
            if helper and self._ask and _HELPER.fullmatch(helper):
                return self._ask(helper, server)
            return _login_of(auth)
        except (CommandError, ValueError) as error:
            self.notes.append(f"{name}: added without a login: {error}")
            return None

    def _add(self, texts: Mapping[str, str], password: str = "") -> None:
        registry, _ = build(texts, {})
        if password:
            registry.login.password.password = password
        self.registries.append(Wanted(name=texts["name"], registry=registry, paths=()))


def _has_login(auth: Mapping[str, object]) -> bool:
    return any(text_of(auth.get(key)) for key in ("auth", "password", "identitytoken"))


def _login_of(auth: Mapping[str, object]) -> Login | None:
    """Return the login of an entry.

    Raises:
        ValueError: what should be base64 is none.
    """
    if token := text_of(auth.get("identitytoken")):
        return Login(username="", secret=token)
    if encoded := text_of(auth.get("auth")):
        try:
            decoded = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ValueError('its "auth" is no base64 of user and password') from error
        username, _, password = decoded.partition(":")
        # Docker itself fills up with zeros.
        return Login(username=username, secret=password.rstrip("\0"))
    if password := text_of(auth.get("password")):
        return Login(username=text_of(auth.get("username")), secret=password)
    return None


def _name(domain: str, prefix: str) -> str:
    """Return a name without dots, which make names look like hosts."""
    provider = provider_of(domain)
    first = provider if provider in ("dockerhub", "ghcr", "quay") else domain
    return re.sub(r"[^A-Za-z0-9_-]", "-", f"{first}-{prefix}" if prefix else first)
