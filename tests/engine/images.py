"""Small base images made of busybox, and their way into a registry."""

import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.engine.client import RegistryClient
from tests.engine.errors import StartFailed

_MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
_LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_FOLDERS = ("bin", "dev", "etc", "home", "proc", "root", "sbin", "sys", "tmp", "usr", "var")
_FOLDERS_BELOW = ("usr/bin", "usr/sbin", "usr/local", "usr/local/bin", "var/tmp")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image of one layer; the same input makes the same bytes."""

    config: bytes
    layer: bytes
    """Compressed tar."""

    def manifest(self) -> bytes:
        """Return the manifest that names configuration and layer."""
        return json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": _MANIFEST_TYPE,
                "config": _descriptor(_CONFIG_TYPE, self.config),
                "layers": [_descriptor(_LAYER_TYPE, self.layer)],
            }
        ).encode()


def busybox_image(busybox: Path, *, system: str) -> Image:
    """Make an image that calls itself `system` and has busybox for all its programs."""
    archive = io.BytesIO()
    # GNU format: dockerd takes Python's default for a Dockerfile, not for an archive.
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for folder in (*_FOLDERS, *_FOLDERS_BELOW):
            mode = 0o1777 if folder in {"tmp", "var/tmp"} else 0o755
            _add(tar, folder, kind=tarfile.DIRTYPE, mode=mode)
        _add(tar, "bin/busybox", content=busybox.read_bytes(), mode=0o755)
        for program in _applets(busybox):
            _add(tar, program, kind=tarfile.SYMTYPE, target="/bin/busybox")
        for name, text in _etc(system).items():
            _add(tar, f"etc/{name}", content=text.encode(), mode=0o644)
    plain = archive.getvalue()
    return Image(config=_config(plain), layer=gzip.compress(plain, compresslevel=6, mtime=0))


def push(client: RegistryClient, image: Image, repository: str, tags: tuple[str, ...]) -> None:
    """Put `image` into `repository` under `tags`, unless the first tag is there already.

    Raises:
        StartFailed: the registry does not take it.
    """
    manifests = f"/v2/{repository}/manifests"
    if client.request("HEAD", f"{manifests}/{tags[0]}").status == 200:
        return
    for blob in (image.layer, image.config):
        started = _demand(client, "POST", f"/v2/{repository}/blobs/uploads/", 202)
        place = urlsplit(started)
        query = "&".join(filter(None, (place.query, urlencode({"digest": _digest(blob)}))))
        _demand(client, "PUT", f"{place.path}?{query}", 201, blob)
    for tag in tags:
        _demand(client, "PUT", f"{manifests}/{tag}", 201, image.manifest())


def _demand(client: RegistryClient, method: str, path: str, status: int, body: bytes = b"") -> str:
    """Send a request that must succeed; return the `Location` of the answer."""
    kind = _MANIFEST_TYPE if "/manifests/" in path else "application/octet-stream"
    answer = client.request(method, path, body=body, content_type=kind)
    if answer.status != status:
        said = answer.body.decode(errors="replace")[:300]
        raise StartFailed(f"a base image was not taken: {method} {path}: {answer.status} {said}")
    return str(answer.headers["Location"])


def _applets(busybox: Path) -> list[str]:
    listed = subprocess.run(
        [busybox, "--list-full"], capture_output=True, text=True, check=True
    ).stdout.split()
    return sorted(path for path in listed if path.count("/") and path != "bin/busybox")


def _etc(system: str) -> dict[str, str]:
    return {
        "group": "root:x:0:\nnogroup:x:65534:\n",
        "os-release": f'ID={system}\nPRETTY_NAME="{system}, a stand-in made of busybox"\n',
        "passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    }


def _add(
    tar: tarfile.TarFile,
    name: str,
    *,
    kind: bytes = tarfile.REGTYPE,
    content: bytes = b"",
    mode: int = 0o777,
    target: str = "",
) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.linkname, entry.size = kind, mode, target, len(content)
    tar.addfile(entry, io.BytesIO(content))


def _config(layer: bytes) -> bytes:
    return json.dumps(
        {
            "architecture": _architecture(),
            "os": "linux",
            "created": "2020-01-01T00:00:00Z",
            "config": {"Cmd": ["sh"], "Env": [f"PATH={_PATH}"]},
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
            "history": [{"created": "2020-01-01T00:00:00Z", "created_by": "freshet tests"}],
        }
    ).encode()


def _architecture() -> str:
    machine = os.uname().machine
    return _ARCHITECTURES.get(machine, machine)


def _descriptor(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "size": len(content), "digest": _digest(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
