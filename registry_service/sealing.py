"""Encrypts the secrets of logins: AES-256-GCM with one key of the service.

A sealed secret belongs to its registry: its name is authenticated with it, so that nobody who
can write the database can move a secret to a registry of theirs.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from registry_service.errors import SealingFailed

KEY_VARIABLE = "FRESHET_SEALING_KEY"
"""Environment variable with the key in base64; it wins over the file."""
KEY_FILE_NAME = "sealing.key"
_KEY_BYTES = 32
_KEY_ID_BYTES = 8
_NONCE_BYTES = 12  # what GCM is made for


class Sealer:
    """Seals and opens secrets with one key."""

    def __init__(self, key: bytes) -> None:
        """Use a `key` of 32 bytes."""
        self._key = key
        self._key_id = hashlib.sha256(b"freshet sealing key\0" + key).digest()[:_KEY_ID_BYTES]

    @property
    def key_id(self) -> str:
        """Tells keys apart, and nothing about the key."""
        return self._key_id.hex()

    def seal(self, secret: str, registry_name: str) -> bytes:
        """Return `secret` sealed for a registry: key id, nonce, cipher text."""
        # Imported late: most starts seal and open nothing.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._key).encrypt(nonce, secret.encode(), registry_name.encode())
        return self._key_id + nonce + sealed

    def open(self, sealed: bytes, registry_name: str) -> str:
        """Return the secret of a registry.

        Raises:
            SealingFailed: another key sealed it, or it was changed or moved.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key_id, rest = sealed[:_KEY_ID_BYTES], sealed[_KEY_ID_BYTES:]
        if key_id != self._key_id:
            raise SealingFailed(
                f'the secret of "{registry_name}" was sealed with the key {key_id.hex()}, the '
                f"present one is {self.key_id}; bring that key back, or enter the secret again"
            )
        nonce, text = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            return AESGCM(self._key).decrypt(nonce, text, registry_name.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealingFailed(
                f'the stored secret of "{registry_name}" is damaged; enter it again'
            ) from error


def open_sealer(state_directory: Path, environment: Mapping[str, str]) -> Sealer:
    """Return a sealer with the key of the environment, else of the state directory.

    The file is made, readable by its owner alone, when it is missing.

    Raises:
        SealingFailed: the key has not the right form, or others can read its file.
    """
    if given := environment.get(KEY_VARIABLE):
        return Sealer(_decode(given, KEY_VARIABLE))
    path = state_directory / KEY_FILE_NAME
    try:
        _make(path)
        if path.stat().st_mode & 0o077:
            raise SealingFailed(f'others can read "{path}"; run `chmod 600` on it')
        return Sealer(_decode(path.read_text(encoding="ascii"), f'"{path}"'))
    except (OSError, UnicodeError) as error:
        raise SealingFailed(f'cannot use the sealing key "{path}": {error}') from error


def _make(path: Path) -> None:
    if path.exists():
        return
    # Written aside and linked: a crash leaves no half a key, and of two starts one key wins.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600, exist_ok=False)
    try:
        with draft.open("wb") as file:
            file.write(base64.b64encode(os.urandom(_KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _decode(text: str, origin: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SealingFailed(f"{origin} is not base64") from error
    if len(key) != _KEY_BYTES:
        raise SealingFailed(f"{origin} holds {len(key)} bytes, a key has {_KEY_BYTES}")
    return key
