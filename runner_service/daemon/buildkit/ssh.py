"""Lends ssh agents to a build: `moby.sshforward.v1.SSH`, on messages of the agent protocol.

A build may ask which keys there are and let them sign. All else is refused, as BuildKit's own
client does: it must not add, remove or lock keys of an agent that belongs to somebody.
"""

from collections.abc import AsyncIterator

from runner_service.daemon.buildkit.wire_pb2 import BytesMessage
from runner_service.daemon.port import (
    SSH_AGENT_FAILURE,
    SSH_IDENTITIES_REQUEST,
    SSH_SIGN_REQUEST,
    SshAgent,
)

DEFAULT_ID = "default"
ID_KEY = "buildkit.ssh.id"
"""Name of the metadata of a call that holds the id."""
_ALLOWED = (SSH_IDENTITIES_REQUEST, SSH_SIGN_REQUEST)
_LENGTH_BYTES = 4
_MAX_MESSAGE_BYTES = 256 * 1024
"""As OpenSSH has it."""


async def forward(
    agent: SshAgent, pieces: AsyncIterator[BytesMessage]
) -> AsyncIterator[BytesMessage]:
    """Yield the answers of `agent` to the messages that `pieces` hold, until one is too long."""
    async for message in _messages(pieces):
        allowed = message[:1] and message[0] in _ALLOWED
        answer = await agent(message) if allowed else SSH_AGENT_FAILURE
        yield BytesMessage(data=len(answer).to_bytes(_LENGTH_BYTES) + answer)


async def _messages(pieces: AsyncIterator[BytesMessage]) -> AsyncIterator[bytes]:
    held = b""
    async for piece in pieces:
        held += piece.data
        while len(held) >= _LENGTH_BYTES:
            end = _LENGTH_BYTES + int.from_bytes(held[:_LENGTH_BYTES])
            if end > _MAX_MESSAGE_BYTES:
                return
            if len(held) < end:
                break
            yield held[_LENGTH_BYTES:end]
            held = held[end:]
