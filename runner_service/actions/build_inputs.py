"""Secrets and ssh agents of a build: read before it starts, given when it asks, and masked."""

from __future__ import annotations

from pathlib import Path

from freshet.plan.v1.operation_pb2 import BuildOperation, BuildSecret, BuildSsh
from runner_service.context import OperationContext
from runner_service.daemon.port import SecretSource, SshAgent
from runner_service.errors import StepFailed
from runner_service.files import read_file
from runner_service.ssh_agents import KeyAgent, SocketAgent, UnusableKey

_MAX_BYTES = 500 * 1024
"""BuildKit takes no larger secret."""
_SSH_HELP = (
    "`ssh: default` uses the agent that the runner was started with, by SSH_AUTH_SOCK or "
    "--ssh-agent; `id=path` takes a key or a socket in the workspace"
)


def secrets_of(
    operation: BuildOperation, directory: Path, context: OperationContext
) -> dict[str, SecretSource]:
    """Return the secrets of a build by their ids; relative sources lie below `directory`.

    Raises:
        StepFailed: one cannot be read.
    """
    return {secret.id: _secret(secret, directory, context) for secret in operation.secrets}


async def ssh_agents_of(
    operation: BuildOperation, directory: Path, context: OperationContext
) -> dict[str, SshAgent]:
    """Return the agents of a build by their ids; relative paths lie below `directory`.

    Raises:
        StepFailed: a key cannot be used, or an agent is not there.
    """
    return {ssh.id: await _ssh_agent(ssh, directory, context) for ssh in operation.ssh}


def _secret(secret: BuildSecret, directory: Path, context: OperationContext) -> SecretSource:
    written = context.values.text(secret.source_path)
    path = context.run.workspace.locate(written, f'source of secret "{secret.id}"', directory)
    try:
        value = read_file(path, _MAX_BYTES)
    except OSError as error:
        raise StepFailed(
            "SECRET_NOT_READABLE",
            f'the file "{written}" of secret "{secret.id}" cannot be read: {error.strerror}',
            "`src` is a file in the workspace, relative to the working directory",
        ) from error
    _hide(value, context)

    async def give() -> bytes:
        return value

    return give


async def _ssh_agent(ssh: BuildSsh, directory: Path, context: OperationContext) -> SshAgent:
    written = context.values.text(ssh.path)
    if not written:
        return await _reached(context.run.ssh_agent, ssh.id, "the agent of the runner")
    what = f'path of ssh "{ssh.id}"'
    paths = [
        context.run.workspace.locate(part, what, directory)
        for part in map(str.strip, written.split(","))  # several keys, as Docker has it
    ]
    if len(paths) == 1 and paths[0].is_socket():
        return await _reached(paths[0], ssh.id, f'the agent at "{written}"')
    try:
        texts = [read_file(path, _MAX_BYTES) for path in paths]
        for text in texts:
            _hide(text, context)
        return KeyAgent(texts)
    except (OSError, UnusableKey) as error:
        cause = error.strerror if isinstance(error, OSError) else str(error)
        raise StepFailed(
            "SSH_KEY_NOT_USABLE",
            f'"{written}" of ssh "{ssh.id}" cannot be used: {cause}',
            _SSH_HELP,
        ) from error


async def _reached(socket: Path | None, id: str, who: str) -> SshAgent:
    if socket is None:
        raise StepFailed("SSH_AGENT_MISSING", f'ssh "{id}" wants {who}, which has none', _SSH_HELP)
    agent = SocketAgent(socket)
    try:
        await agent.reach()
    except OSError as error:
        raise StepFailed(
            "SSH_AGENT_UNREACHABLE",
            f'{who}, which ssh "{id}" wants, cannot be reached: {error.strerror or "time-out"}',
            _SSH_HELP,
        ) from error
    return agent


def _hide(value: bytes, context: OperationContext) -> None:
    context.run.mask.add(value.decode(errors="surrogateescape").rstrip("\n"))
