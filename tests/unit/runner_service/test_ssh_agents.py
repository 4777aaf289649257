"""The agent made of keys, as OpenSSH's own programs find it."""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from runner_service.daemon.buildkit.ssh import forward
from runner_service.daemon.buildkit.wire_pb2 import BytesMessage
from runner_service.daemon.port import SSH_AGENT_FAILURE, SshAgent
from runner_service.ssh_agents import KeyAgent, SocketAgent, UnusableKey
from tests.ssh import Key, key_pair

_KEYS: dict[str, Key] = {
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "rsa": rsa.generate_private_key(65537, 2048),
    "ecdsa-256": ec.generate_private_key(ec.SECP256R1()),
    "ecdsa-384": ec.generate_private_key(ec.SECP384R1()),
    "ecdsa-521": ec.generate_private_key(ec.SECP521R1()),
}


@asynccontextmanager
async def _listening(agent: SshAgent) -> AsyncIterator[Path]:
    """Let `agent` be reached as BuildKit reaches it, at a socket."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def pieces() -> AsyncIterator[BytesMessage]:
            while data := await reader.read(7):  # messages are cut anywhere
                yield BytesMessage(data=data)

        async for answer in forward(agent, pieces()):
            writer.write(answer.data)
        writer.close()

    with tempfile.TemporaryDirectory(prefix="freshet-") as folder:
        socket = Path(folder) / "agent.sock"
        async with await asyncio.start_unix_server(serve, socket):
            yield socket


async def _run(socket: Path, *command: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    return await asyncio.to_thread(
        subprocess.run,
        command,
        input=typed,
        capture_output=True,
        text=True,
        timeout=20,
        env={**os.environ, "SSH_AUTH_SOCK": str(socket)},
    )


@pytest.mark.parametrize("kind", _KEYS)
async def test_key_is_listed_and_signs(kind: str, tmp_path: Path) -> None:
    pair = key_pair(_KEYS[kind])
    public = tmp_path / "key.pub"
    public.write_text(pair.public)
    (tmp_path / "signers").write_text(f"ann {pair.public}\n")
    async with _listening(KeyAgent([pair.private])) as socket:
        listed = await _run(socket, "ssh-add", "-L")
        signing = ["ssh-keygen", "-Y", "sign", "-n", "test", "-f", str(public)]
        signature = (await _run(socket, *signing, typed="hello")).stdout

    (tmp_path / "signature").write_text(signature)
    verifying = ["-Y", "verify", "-n", "test", "-I", "ann", "-f", str(tmp_path / "signers")]
    verified = await _run(
        socket, "ssh-keygen", *verifying, "-s", str(tmp_path / "signature"), typed="hello"
    )
    assert listed.stdout.strip() == pair.public
    assert verified.returncode == 0, verified.stderr + verified.stdout


async def test_keys_of_openssl_are_read_too() -> None:
    text = _KEYS["rsa"].private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )

    async with _listening(KeyAgent([text])) as socket:
        listed = await _run(socket, "ssh-add", "-L")

    assert listed.stdout.startswith("ssh-rsa ")


async def test_build_cannot_change_an_agent() -> None:
    asked: list[bytes] = []

    async def agent(message: bytes) -> bytes:
        asked.append(message)
        return b"\x06"

    async with _listening(agent) as socket:
        removed = await _run(socket, "ssh-add", "-D")

    assert removed.returncode != 0
    assert asked == []


async def test_running_agent_is_asked(tmp_path: Path) -> None:
    pair = key_pair()
    async with _listening(KeyAgent([pair.private])) as behind:
        agent = SocketAgent(behind)
        await agent.reach()
        async with _listening(agent) as socket:
            listed = await _run(socket, "ssh-add", "-L")

    assert listed.stdout.strip() == pair.public


async def test_agent_that_went_away_refuses(tmp_path: Path) -> None:
    agent = SocketAgent(tmp_path / "none.sock")

    with pytest.raises(OSError, match="No such file"):
        await agent.reach()

    assert await agent(b"\x0b") == SSH_AGENT_FAILURE


@pytest.mark.parametrize("message", [b"", b"\x0d", b"\x0d\x00\x00\x00\xff", b"\x63"])
async def test_nonsense_is_refused(message: bytes) -> None:
    agent = KeyAgent([key_pair().private])

    assert await agent(message) == SSH_AGENT_FAILURE


def _encrypted(format: PrivateFormat) -> bytes:
    locked = BestAvailableEncryption(b"secret")
    return _KEYS["ed25519"].private_bytes(Encoding.PEM, format, locked)


def _of_dsa() -> bytes:
    key = dsa.generate_private_key(1024)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (_encrypted(PrivateFormat.OpenSSH), "passphrase"),
        (_encrypted(PrivateFormat.PKCS8), "passphrase"),
        (b"", "no private key"),
        (b"ssh-ed25519 AAAA\n", "no private key"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n", "no private key"),
        (_of_dsa(), "RSA, ECDSA or Ed25519"),
    ],
)
def test_unusable_key_is_told_without_its_text(text: bytes, words: str) -> None:
    with pytest.raises(UnusableKey, match=words) as failure:
        KeyAgent([text])

    assert "hunter2" not in str(failure.value)
