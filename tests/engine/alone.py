"""Real registries without a daemon of their own: on free ports of this machine's loopback."""

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socketserver import BaseServer
from types import MappingProxyType

from tests.engine.children import Children
from tests.engine.describe import describe_alone
from tests.engine.faultproxy import FaultProxy
from tests.engine.folder import state_folder
from tests.engine.layout import Layout
from tests.engine.registries import FAULT, OPEN, TOKEN, Registry
from tests.engine.settings import write_registry_settings
from tests.engine.start import kit_if_possible, make_folders
from tests.engine.tokens import Issuer, token_server


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """Registries that run, and where they keep their contents."""

    registries: MappingProxyType[str, Registry]
    layout: Layout

    def contents(self, name: str) -> Path:
        """Return the folder with all that a registry holds."""
        return self.layout.registries / name


@contextmanager
def registries_alone() -> Iterator[Alone]:
    """Lend registries; they end with the block.

    Raises:
        EngineError: they cannot be had, or one does not come up.
    """
    with tempfile.TemporaryDirectory(prefix="freshet-registries-") as folder, ExitStack() as stack:
        layout = Layout(root=Path(folder, "alone"))
        make_folders(layout)
        description = describe_alone(
            layout,
            docker_host=os.environ.get("FRESHET_TEST_DOCKER_HOST", ""),
            kit=kit_if_possible(state_folder()),
        )
        write_registry_settings(layout, description)
        registries = {each.name: each for each in description.registries}
        token, fault, upstream = (registries[name] for name in (TOKEN, FAULT, OPEN))
        issuer = Issuer(registry=token, accounts=token.accounts, certificates=layout.certificates)
        children = stack.enter_context(Children(layout=layout, description=description))
        children.start()
        proxy = FaultProxy((fault.host, fault.port), (upstream.host, upstream.port))
        for server in (token_server(issuer, token.host), proxy):
            stack.enter_context(_serving(server))
        children.wait_for_registries()
        yield Alone(registries=MappingProxyType(registries), layout=layout)


@contextmanager
def _serving(server: BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
