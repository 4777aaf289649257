"""Keys for tests of `--mount=type=ssh`, and the machine's own `ssh-add` for use in an image."""

import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

Key = ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
IN_CONTAINER = "/ssh/loader --library-path /ssh /ssh/ssh-add"
"""Runs what `put_ssh_add` made when its folder has become `/ssh`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A key and its public part, as files of OpenSSH have them."""

    private: bytes = field(repr=False)
    public: str


def key_pair(key: Key | None = None) -> KeyPair:
    """Return `key` as text, or a new one."""
    key = key or ed25519.Ed25519PrivateKey.generate()
    return KeyPair(
        private=key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
        public=key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode(),
    )


def put_ssh_add(folder: Path) -> None:
    """Put `ssh-add` and all it needs into a new `folder`: images of tests have no ssh of theirs."""
    program = shutil.which("ssh-add")
    assert program, "install openssh-client: tests of --mount=type=ssh use its ssh-add"
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    folder.mkdir()
    shutil.copy(program, folder / "ssh-add")
    for path in re.findall(r"(/\S+) \(0x", listed):
        name = "loader" if "/ld-linux" in path or "/ld-musl" in path else Path(path).name
        shutil.copy(path, folder / name)
