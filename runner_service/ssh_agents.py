"""Agents for `RUN --mount=type=ssh`: one made of key files, and the way to one that runs already.

Source: https://datatracker.ietf.org/doc/draft-ietf-sshm-ssh-agent/
"""

import asyncio
import base64
import struct
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from runner_service.daemon.port import SSH_AGENT_FAILURE, SSH_IDENTITIES_REQUEST, SSH_SIGN_REQUEST

_Key = ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_IDENTITIES = 12
_SIGNATURE = 14
_SHA256_FLAG, _SHA512_FLAG = 2, 4
_OPENSSH = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_CONNECT_S = 5.0
_ANSWER_S = 60.0
"""An agent may ask a person, or wait for a touch."""


class UnusableKey(Exception):
    """A text is no private key that can sign; the message says why and holds nothing of it."""


class KeyAgent:
    """An agent that holds a few keys, for as long as it is referred to."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        """Read private keys, as OpenSSH or OpenSSL write them.

        Raises:
            UnusableKey: one of them cannot be used.
        """
        keys = [_read(text) for text in texts]
        self._keys = {_public(key): key for key in keys}

    async def __call__(self, message: bytes) -> bytes:
        """Answer one message of the protocol."""
        try:
            return self._answer(message)
        except (IndexError, struct.error):  # it says less than its lengths promise
            return SSH_AGENT_FAILURE

    def _answer(self, message: bytes) -> bytes:
        if message[0] == SSH_IDENTITIES_REQUEST:
            listed = b"".join(_string(blob) + _string(b"") for blob in self._keys)
            return bytes([_IDENTITIES]) + struct.pack(">I", len(self._keys)) + listed
        if message[0] != SSH_SIGN_REQUEST:
            return SSH_AGENT_FAILURE
        blob, rest = _split(message[1:])
        data, rest = _split(rest)
        (flags,) = struct.unpack(">I", rest)
        key = self._keys.get(blob)
        if key is None:
            return SSH_AGENT_FAILURE
        return bytes([_SIGNATURE]) + _string(_signed(key, data, flags))


class SocketAgent:
    """An agent that listens on a Unix socket. Each message is a connection of its own."""

    def __init__(self, socket: Path) -> None:
        """Ask the agent at `socket`."""
        self._socket = socket

    async def __call__(self, message: bytes) -> bytes:
        """Pass one message on and return the answer; one that does not come is a refusal."""
        try:
            return await self._exchange(message)
        except (OSError, EOFError):  # time-outs too
            return SSH_AGENT_FAILURE

    async def reach(self) -> None:
        """Connect once.

        Raises:
            OSError: nobody listens there.
        """
        async with asyncio.timeout(_CONNECT_S):
            _, writer = await asyncio.open_unix_connection(self._socket)
        writer.transport.abort()

    async def _exchange(self, message: bytes) -> bytes:
        async with asyncio.timeout(_ANSWER_S):
            reader, writer = await asyncio.open_unix_connection(self._socket)
            try:
                writer.write(_string(message))
                await writer.drain()
                (size,) = struct.unpack(">I", await reader.readexactly(4))
                return await reader.readexactly(size)
            finally:
                writer.transport.abort()


def _read(text: bytes) -> _Key:
    load = load_ssh_private_key if text.lstrip().startswith(_OPENSSH) else load_pem_private_key
    try:
        key = load(text.strip() + b"\n", password=None)
    except TypeError as error:  # what the library says of a key with a passphrase
        raise UnusableKey("it wants a passphrase, and nobody can be asked") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        if b"ENCRYPTED" in text or "password" in str(error).lower():
            raise UnusableKey("it wants a passphrase, and nobody can be asked") from error
        raise UnusableKey("it is no private key of OpenSSH or OpenSSL") from error
    if isinstance(key, _Key):
        return key
    raise UnusableKey("keys are RSA, ECDSA or Ed25519")


def _public(key: _Key) -> bytes:
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return base64.b64decode(line.split()[1])


def _signed(key: _Key, data: bytes, flags: int) -> bytes:
    match key:
        case ed25519.Ed25519PrivateKey():
            return _string(b"ssh-ed25519") + _string(key.sign(data))
        case rsa.RSAPrivateKey():
            name, algorithm = _rsa_algorithm(flags)
            return _string(name) + _string(key.sign(data, padding.PKCS1v15(), algorithm))
        case _:
            size = key.curve.key_size
            algorithm = {256: hashes.SHA256(), 384: hashes.SHA384()}.get(size, hashes.SHA512())
            r, s = decode_dss_signature(key.sign(data, ec.ECDSA(algorithm)))
            name = f"ecdsa-sha2-nistp{size}".encode()
            return _string(name) + _string(_number(r) + _number(s))


def _rsa_algorithm(flags: int) -> tuple[bytes, hashes.HashAlgorithm]:
    if flags & _SHA512_FLAG:
        return b"rsa-sha2-512", hashes.SHA512()
    if flags & _SHA256_FLAG:
        return b"rsa-sha2-256", hashes.SHA256()
    return b"ssh-rsa", hashes.SHA1()


def _number(value: int) -> bytes:
    return _string(value.to_bytes(value.bit_length() // 8 + 1))


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _split(data: bytes) -> tuple[bytes, bytes]:
    """Return the string that `data` begins with, and what follows it."""
    (size,) = struct.unpack_from(">I", data)
    if len(data) < 4 + size:
        raise IndexError
    return data[4 : 4 + size], data[4 + size :]
