"""The process that keeps one environment up: dockerd, the registries, tokens and faults.

It is the child of process 1 of the environment's pid namespace; with the user's own daemon it is
an ordinary process. When one of its children ends, it ends, and all the others with it.
"""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from socketserver import BaseServer
from typing import Any

from tests.engine.children import Children
from tests.engine.client import RegistryClient
from tests.engine.control import ControlServer
from tests.engine.describe import BRIDGE_ADDRESSES
from tests.engine.description import Description
from tests.engine.errors import EngineError
from tests.engine.faultproxy import FaultProxy
from tests.engine.faults import fault_from_json
from tests.engine.images import busybox_image, push
from tests.engine.kit import Kit
from tests.engine.layout import Layout
from tests.engine.reach import dial_here
from tests.engine.registries import FAULT, HUB, OPEN, TOKEN
from tests.engine.tokens import Issuer, token_server

_BASE_IMAGES = (("alpine", ("3.20", "latest")), ("busybox", ("latest",)))


def main(root: str) -> int:
    """Start everything, seed the registries, open the control socket, wait for the first end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    layout = Layout(root=Path(root))
    description = Description.read(layout.description)
    assert description is not None
    if description.names:
        _make_network(Kit(root=Path(description.kit)))
    with Children(layout=layout, description=description) as children:
        children.start()
        proxy = _start_servers(layout, description)
        # dockerd takes longest: the registries are filled meanwhile.
        children.wait_for_registries()
        _seed(description)
        children.wait_for_daemon()
        _serve(ControlServer(layout.control, lambda question: _answer(proxy, children, question)))
        print("everything is up", flush=True)
        return children.wait_for_an_end()


def _make_network(kit: Kit) -> None:
    """Bring up loopback and a bridge for the registries that do not live on loopback."""
    # A private /run: no lock, socket or bus of the machine is in reach of dockerd.
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    commands = [
        ["link", "set", "lo", "up"],
        ["link", "add", "registries", "type", "bridge"],
        *(["addr", "add", f"{address}/24", "dev", "registries"] for address in BRIDGE_ADDRESSES),
        ["link", "set", "registries", "up"],
    ]
    for command in commands:
        subprocess.run([kit.busybox, "ip", *command], check=True)


def _start_servers(layout: Layout, description: Description) -> FaultProxy:
    for name, address in ((TOKEN, "127.0.0.1"), (HUB, BRIDGE_ADDRESSES[2])):
        if registry := description.registry(name):
            issuer = Issuer(
                registry=registry,
                accounts=(*registry.accounts, description.seeder),
                certificates=layout.certificates,
            )
            _serve(token_server(issuer, address))
    fault, upstream = description.registry(FAULT), description.registry(OPEN)
    assert fault is not None and upstream is not None
    proxy = FaultProxy((fault.host, fault.port), (upstream.host, upstream.port))
    _serve(proxy)
    return proxy


def _serve(server: BaseServer) -> None:
    threading.Thread(target=server.serve_forever, daemon=True).start()


def _seed(description: Description) -> None:
    """Push the base images: to the hub, and a public one to the token registry."""
    if not description.kit:
        return
    busybox = Kit(root=Path(description.kit)).busybox
    targets = [(HUB, f"library/{name}", name, tags) for name, tags in _BASE_IMAGES]
    targets.append((TOKEN, "public/alpine", "alpine", ("3.20", "latest")))
    images = {name: busybox_image(busybox, system=name) for name, _ in _BASE_IMAGES}
    for where, repository, name, tags in targets:
        if registry := description.registry(where):
            client = RegistryClient(registry, description.seeder, dial_here)
            push(client, images[name], repository, tags)


def _answer(proxy: FaultProxy, children: Children, question: dict[str, Any]) -> object:
    match question["do"]:
        case "ping":
            return os.getpid()
        case "inject":
            proxy.inject([fault_from_json(fault) for fault in question["faults"]])
        case "clear":
            proxy.clear()
        case "replace":
            children.replace(question["child"])
        case "requests":
            names = ("method", "path", "fault", "status")
            return [{name: getattr(seen, name) for name in names} for seen in proxy.seen()]
    return None


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except EngineError as error:
        sys.exit(f"error: {error}")
