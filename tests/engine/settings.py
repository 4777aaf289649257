"""Writes the files that dockerd and the registries of an environment read when they start."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import bcrypt
import yaml

from tests.engine.description import Description
from tests.engine.kinds import engine_of
from tests.engine.layout import Layout
from tests.engine.registries import FAULT, HUB, TLS, TOKENS, Registry

_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")


def write_registry_settings(layout: Layout, description: Description) -> None:
    """Write settings and accounts of every registry."""
    for registry in description.registries:
        if registry.name == FAULT:
            continue
        settings = layout.registries / f"{registry.name}.yml"
        settings.write_text(yaml.safe_dump(_registry_settings(layout, registry)))
        accounts = "".join(_htpasswd_line(a.username, a.password) for a in registry.accounts)
        (layout.registries / f"{registry.name}.htpasswd").write_text(accounts)


def _registry_settings(layout: Layout, registry: Registry) -> dict[str, object]:
    listener: dict[str, Any] = {"addr": f"{registry.host}:{registry.port}"}
    if not registry.insecure:
        listener["tls"] = {
            "certificate": str(layout.certificates / f"{registry.name}.crt"),
            "key": str(layout.certificates / f"{registry.name}.key"),
        }
        if registry.client_certificate_pem:
            authority = str(layout.certificates / f"{registry.name}-clients.crt")
            listener["tls"] |= {"clientcas": [authority]}
    settings: dict[str, object] = {
        "version": "0.1",
        "log": {"level": "warn", "accesslog": {"disabled": False}},
        "storage": {
            "filesystem": {"rootdirectory": str(layout.registries / registry.name)},
            "delete": {"enabled": True},
        },
        "http": listener | {"secret": registry.name},
    }
    if registry.authentication == "basic":
        accounts = layout.registries / f"{registry.name}.htpasswd"
        settings["auth"] = {"htpasswd": {"realm": registry.name, "path": str(accounts)}}
    elif registry.authentication == "token":
        settings["auth"] = {
            "token": {
                "realm": registry.realm,
                "service": registry.service,
                "issuer": TOKENS,
                "rootcertbundle": str(layout.certificates / f"{TOKENS}.crt"),
            }
        }
    return settings


def _htpasswd_line(username: str, password: str) -> str:
    # 4 rounds are the fewest that bcrypt has; docker-registry reads no other algorithm.
    return f"{username}:{bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()}\n"


def write_etc(layout: Layout, description: Description) -> None:
    """Write what is laid over /etc inside the environment."""
    etc = layout.etc
    (etc / "docker").mkdir(parents=True)
    # Nothing of the machine's own /etc/docker shines through.
    os.setxattr(etc / "docker", "trusted.overlay.opaque", b"y")
    hosts = [("127.0.0.1", f"localhost {socket.gethostname()}"), ("::1", "localhost")]
    lines = [f"{address} {name}\n" for address, name in (*hosts, *description.names)]
    (etc / "hosts").write_text("".join(lines))
    # No name server: an unknown name is unknown at once.
    (etc / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    settings = _docker_settings(layout, description.kind)
    (etc / "docker/daemon.json").write_text(json.dumps(settings, indent=1))
    for registry in description.registries:
        if registry.name == TLS:
            folder = etc / "docker/certs.d" / registry.domain
            folder.mkdir(parents=True)
            (folder / "ca.crt").write_text(registry.ca_certificate_pem or "")
        if registry.name == HUB:
            bundle = etc / _BUNDLE.relative_to("/etc")
            bundle.parent.mkdir(parents=True)
            system = _BUNDLE.read_text() if _BUNDLE.exists() else ""
            bundle.write_text(system + (registry.ca_certificate_pem or ""))


def _docker_settings(layout: Layout, kind: str) -> dict[str, object]:
    return {
        "data-root": str(layout.docker_storage),
        "exec-root": str(layout.docker_runtime),
        "pidfile": str(layout.docker_runtime / "docker.pid"),
        "hosts": [f"unix://{layout.docker_socket}"],
        "exec-opts": ["native.cgroupdriver=cgroupfs"],
        "cgroup-parent": f"/{layout.control_group}/containers",
        "features": {"containerd-snapshotter": engine_of(kind).containerd_store},
    }
