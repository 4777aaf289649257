"""Encrypts the secrets of registries: AES-256-GCM with the newest of the service's keys.

A sealed secret belongs to its owner: the owner's name is authenticated with it, so that nobody
who can write the database can move a secret to a registry of theirs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from registry_service.errors import SealingFailed
from registry_service.registries import Registry
from registry_service.sealing_keys import KEY_ID_BYTES, SealingKey
from registry_service.snapshot import Snapshot

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12  # what GCM is made for


class Sealer:
    """Seals with the newest key and opens with whichever sealed.

    Keys are read when they are first needed, and again when a secret names one that is not
    known: another process may have added it. Any thread may use it.
    """

    def __init__(self, read_keys: Callable[[], Sequence[SealingKey]]) -> None:
        """Use the keys that `read_keys` returns, newest first; its `SealingFailed` passes."""
        self._read_keys = read_keys
        self._ciphers: Mapping[bytes, AESGCM] = {}
        """By the ids of their keys, newest first; to make one takes as long as to open a secret."""

    @property
    def key_id(self) -> str:
        """The id of the key that seals; it tells nothing about the key."""
        return self._newest_id().hex()

    def reload(self) -> None:
        """Read the keys again.

        Raises:
            SealingFailed: they cannot be used.
        """
        # Imported late: most starts seal and open nothing.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._ciphers = {key.id: AESGCM(key.key) for key in self._read_keys()}

    def seal(self, secret: str, owner: str) -> bytes:
        """Return `secret` sealed for its owner: key id, nonce, cipher text; empty stays empty.

        Raises:
            SealingFailed: there is no key that can be used.
        """
        if not secret:
            return b""
        key_id, nonce = self._newest_id(), os.urandom(_NONCE_BYTES)
        text = self._ciphers[key_id].encrypt(nonce, secret.encode(), owner.encode())
        return key_id + nonce + text

    def open(self, sealed: bytes, owner: str) -> str:
        """Return a secret of its owner; empty stays empty.

        Raises:
            SealingFailed: no key there is sealed it, or it was changed or moved.
        """
        from cryptography.exceptions import InvalidTag

        if not sealed:
            return ""
        key_id, rest = sealed[:KEY_ID_BYTES], sealed[KEY_ID_BYTES:]
        cipher, nonce, text = self._cipher(key_id, owner), rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, text, owner.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealingFailed(
                f'the stored secret of "{owner}" is damaged; enter it again', key_id.hex()
            ) from error

    def is_newest(self, sealed: bytes) -> bool:
        """Tell whether the newest key sealed it."""
        return sealed.startswith(self._newest_id())

    def _newest_id(self) -> bytes:
        if not self._ciphers:
            self.reload()
        return next(iter(self._ciphers))

    def _cipher(self, key_id: bytes, owner: str) -> AESGCM:
        if key_id not in self._ciphers:
            self.reload()
        if cipher := self._ciphers.get(key_id):
            return cipher
        present = ", ".join(known.hex() for known in self._ciphers)
        raise SealingFailed(
            f'the secret of "{owner}" was sealed with the key {key_id.hex()}, and there is '
            f"{present}; bring that key back beside it, or enter the secret again",
            key_id.hex(),
        )


def seal_secrets(registry: Registry, secret: str, client_key: str, sealer: Sealer) -> Registry:
    """Return `registry` with those of its secrets replaced that are not empty."""
    sealed = sealer.seal(secret, registry.name) or registry.sealed_secret
    sealed_key = sealer.seal(client_key, _client_key_owner(registry)) or registry.sealed_client_key
    return replace(registry, sealed_secret=sealed, sealed_client_key=sealed_key)


def open_secret(registry: Registry, sealer: Sealer) -> str:
    """Return the secret of the login of `registry`; empty: there is none.

    Raises:
        SealingFailed: it cannot be opened.
    """
    return sealer.open(registry.sealed_secret, registry.name)


def open_client_key(registry: Registry, sealer: Sealer) -> str:
    """Return the private key of the client certificate of `registry`; empty: there is none.

    Raises:
        SealingFailed: it cannot be opened.
    """
    return sealer.open(registry.sealed_client_key, _client_key_owner(registry))


def resealed(before: Snapshot, sealer: Sealer) -> tuple[Registry, ...]:
    """Return the registries with secrets of older keys, now sealed by the newest; etags stay.

    Raises:
        SealingFailed: a secret cannot be opened.
    """
    pairs = ((each, _resealed(each, sealer)) for each in before.registries.values())
    return tuple(after for present, after in pairs if after != present)


def changed_secret_count(before: Snapshot, after: Iterable[Registry]) -> int:
    """Return how many sealed secrets of `before` differ in registries that take their places."""
    pairs = [(before.registries[each.name], each) for each in after]
    return sum(
        (one.sealed_secret != other.sealed_secret)
        + (one.sealed_client_key != other.sealed_client_key)
        for one, other in pairs
    )


def _resealed(registry: Registry, sealer: Sealer) -> Registry:
    old_secret, old_key = registry.sealed_secret, registry.sealed_client_key
    return seal_secrets(
        registry,
        "" if sealer.is_newest(old_secret) else open_secret(registry, sealer),
        "" if sealer.is_newest(old_key) else open_client_key(registry, sealer),
        sealer,
    )


def _client_key_owner(registry: Registry) -> str:
    return f"{registry.name}/clientPrivateKey"  # no registry has such a name
