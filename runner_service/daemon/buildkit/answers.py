"""What the session of one build answers: credentials, secrets, ssh, files, and that it is well."""

from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from contextlib import aclosing
from typing import Any, NoReturn

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from runner_service.daemon.buildkit.calls import Call, Services
from runner_service.daemon.buildkit.filesync import EmptyTree, Tree, send
from runner_service.daemon.buildkit.followed import followed_paths
from runner_service.daemon.buildkit.logins import Logins
from runner_service.daemon.buildkit.ssh import DEFAULT_ID, ID_KEY, forward
from runner_service.daemon.buildkit.wire_pb2 import (
    BytesMessage,
    CheckAgentRequest,
    CheckAgentResponse,
    CredentialsRequest,
    FetchTokenRequest,
    GetSecretRequest,
    GetSecretResponse,
    GetTokenAuthorityRequest,
    Packet,
    VerifyTokenAuthorityRequest,
)
from runner_service.daemon.errors import ContextUnreadable
from runner_service.daemon.port import BuildRequest, SshAgent


class Answers:
    """Answers the daemon on behalf of one build."""

    def __init__(self, request: BuildRequest, trees: dict[str, Tree], executor: Executor) -> None:
        self.trouble: Exception | None = None
        """What went wrong here first; the daemon only hears that something did."""
        self._request = request
        self._trees = trees
        self._executor = executor
        self._logins = Logins(request, self._give_up)

    @property
    def services(self) -> Services:
        """The methods, as BuildKit names them."""
        logins = self._logins
        return {
            "moby.filesync.v1.Auth": {
                "Credentials": _unary(logins.credentials, CredentialsRequest),
                "GetTokenAuthority": _unary(logins.authority, GetTokenAuthorityRequest),
                "VerifyTokenAuthority": _unary(logins.verify, VerifyTokenAuthorityRequest),
                "FetchToken": _unary(logins.token, FetchTokenRequest),
            },
            "moby.buildkit.secrets.v1.Secrets": {
                "GetSecret": _unary(self._secret, GetSecretRequest)
            },
            "moby.sshforward.v1.SSH": {
                "CheckAgent": _unary(self._check_agent, CheckAgentRequest),
                "ForwardAgent": grpc.stream_stream_rpc_method_handler(
                    self._forward_agent, BytesMessage.FromString, BytesMessage.SerializeToString
                ),
            },
            "moby.filesync.v1.FileSync": {
                "DiffCopy": grpc.stream_stream_rpc_method_handler(
                    self._files, Packet.FromString, Packet.SerializeToString
                )
            },
            "grpc.health.v1.Health": {"Check": _unary(_health, health_pb2.HealthCheckRequest)},
        }

    async def _secret(self, asked: GetSecretRequest, rpc: Call) -> GetSecretResponse:
        source = self._request.secrets.get(asked.id)
        if source is None:
            await rpc.abort(grpc.StatusCode.NOT_FOUND, f"secret {asked.id} not found")
        try:
            return GetSecretResponse(data=await source())
        except Exception as error:  # the caller's own: `build` raises it again
            await self._give_up(error, rpc)

    async def _check_agent(self, asked: CheckAgentRequest, rpc: Call) -> CheckAgentResponse:
        await self._agent(asked.id, rpc)
        return CheckAgentResponse()

    async def _forward_agent(
        self, pieces: AsyncIterator[BytesMessage], rpc: Call
    ) -> AsyncIterator[BytesMessage]:
        asked = dict(rpc.invocation_metadata() or ())
        agent = await self._agent(str(asked.get(ID_KEY, "")), rpc)
        async for piece in forward(agent, pieces):
            yield piece

    async def _agent(self, id: str, rpc: Call) -> SshAgent:
        agent = self._request.ssh_agents.get(id or DEFAULT_ID)
        if agent is None:
            await rpc.abort(grpc.StatusCode.NOT_FOUND, f"ssh agent {id or DEFAULT_ID} not found")
        return agent

    async def _files(self, asked: AsyncIterator[Packet], rpc: Call) -> AsyncIterator[Packet]:
        tree = self._tree(rpc)
        if tree is None:
            await rpc.abort(grpc.StatusCode.NOT_FOUND, "no such directory")
        try:
            async with aclosing(send(tree, asked, self._executor)) as packets:
                async for packet in packets:
                    yield packet
        except ContextUnreadable as error:
            await self._give_up(error, rpc)

    def _tree(self, rpc: Call) -> Tree | None:
        asked = tuple(rpc.invocation_metadata() or ())
        paths = followed_paths(asked)
        if paths == [".dockerignore"]:
            # The daemon wants to know what it must not ask for. Nothing: it is left out already.
            return EmptyTree()
        trees = (self._trees.get(str(name)) for key, name in asked if key == "dir-name")
        tree = next(trees, None)
        return tree.following(paths) if tree else None

    async def _give_up(self, error: Exception, rpc: Call) -> NoReturn:
        self.trouble = self.trouble or error
        # Without words: they might hold a secret, and the daemon would repeat them in its output.
        await rpc.abort(grpc.StatusCode.ABORTED, "the client of the build gave up")


async def _health(asked: health_pb2.HealthCheckRequest, rpc: Call) -> Message:
    return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)


def _unary(
    answer: Callable[[Any, Call], Awaitable[Message]], request: type[Message]
) -> "grpc.RpcMethodHandler[Any, Any]":
    return grpc.unary_unary_rpc_method_handler(
        answer, request.FromString, lambda response: response.SerializeToString()
    )
