"""`freshet lsp`: serves editors. It starts no service, and asks only one that runs."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from compiler.cli.embedded import local_services
from compiler.cli.exits import FINE, WRONG_USE, CommandError
from compiler.driver import Checked, check_pipeline
from compiler.lsp.names import Names
from compiler.lsp.server import make_server

_FRESH_S = 30.0
"""How long names of registries are believed before the registry service is asked again."""
_LIMIT_S = 1.0
"""Longest wait for them: somebody is typing."""


def run(arguments: argparse.Namespace) -> int:
    """Serve until the editor has gone."""
    account = _Catalog(arguments.catalog) if arguments.catalog else _Service()
    server = make_server(account.check, account.names)
    if arguments.tcp:
        server.start_tcp(*_loopback(arguments.tcp))
    else:
        # The server closes its output when it ends; standard output is flushed after that.
        with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output:
            server.start_io(stdout=output)
    return FINE


def _loopback(text: str) -> tuple[str, int]:
    from freshet.rpc.addresses import InvalidAddress, parse_address

    try:
        address = parse_address(text)
    except InvalidAddress as error:
        raise CommandError(WRONG_USE, f"--tcp: {error}") from error
    if address.socket_path or not address.loopback:
        raise CommandError(
            WRONG_USE,
            f'--tcp: "{text}" is no loopback address',
            "whoever connects can read pipelines; use 127.0.0.1 and a port",
        )
    host, _, port = address.target.rpartition(":")
    return host.strip("[]"), int(port)


class _Catalog:
    """The account that a file describes."""

    def __init__(self, path: Path) -> None:
        from compiler.cli.offline import CatalogRegistries, open_catalog

        self._registries, self._account = open_catalog(path)
        registries = self._registries
        self._names = Names(
            registries=registries.names if isinstance(registries, CatalogRegistries) else (),
            git=self._account.git or (),
            clusters=self._account.clusters or (),
            variables=tuple(sorted(self._account.variables or ())),
        )

    def names(self) -> Names:
        """Return what the account has."""
        return self._names

    def check(self, content: bytes, path: str) -> Checked:
        """Find the mistakes of a pipeline, also those about registries."""
        try:
            return check_pipeline(
                content, path=path, registries=self._registries, account=self._account
            )
        except CommandError as error:
            error.print()  # the catalog breaks a rule: then its registries say nothing
            return check_pipeline(content, path=path, account=self._account)


class _Service:
    """The registries that the registry service knows, where it runs."""

    def __init__(self) -> None:
        self._names = Names()
        self._asked_at: float | None = None

    def names(self) -> Names:
        """Return what the registry service knows, at most some seconds ago."""
        now = time.monotonic()
        if self._asked_at is None or now - self._asked_at > _FRESH_S:
            self._asked_at = now
            self._names = Names(registries=_registry_names())
        return self._names

    def check(self, content: bytes, path: str) -> Checked:
        """Find the mistakes of a pipeline, whatever its registries are called."""
        return check_pipeline(content, path=path)


def _registry_names() -> tuple[str, ...]:
    if not (os.environ.get("FRESHET_REGISTRY_SERVICE") or local_services()[0].pid()):
        return ()  # asking would start it
    from compiler.cli.clients import registry_stub
    from freshet.registry.v1.registry_service_pb2 import ListRegistriesRequest
    from freshet.rpc.names import REGISTRIES

    try:
        with registry_stub() as stub:
            page = stub.ListRegistries(ListRegistriesRequest(page_size=1000), timeout=_LIMIT_S)
    except CommandError:
        return ()  # it does not answer, and an editor can do without
    return tuple(REGISTRIES.id(each.name) for each in page.registries)
