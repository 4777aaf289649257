"""A real registry, by its HTTP API."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from freshet.distribution import (
    Answer,
    DistributionError,
    Endpoint,
    Limits,
    Redactor,
    RegistryClient,
    TokenRefused,
    open_client,
)
from runner_service.daemon.errors import FailureReason
from runner_service.registries import Login
from runner_service.transfers.port import Manifest, Refusal
from runner_service.transfers.verdicts import refusal_of, silence_of

if TYPE_CHECKING:
    from typing import TypeVar

    _Result = TypeVar("_Result")

_MANIFEST_BYTES = 4 * 1024 * 1024
"""As much as registries take (OCI distribution specification, "Pushing Manifests")."""
_LIMITS = Limits(wait_s=30.0)
Network = Callable[[Endpoint], httpx.AsyncBaseTransport | None]
"""How connections are made; None: as the machine makes them."""


class HttpRegistries:
    """Opens registries over HTTP."""

    def __init__(self, network: Network = lambda endpoint: None, limits: Limits = _LIMITS) -> None:
        """Connect by `network`; wait within `limits`."""
        self._network = network
        self._limits = limits

    @asynccontextmanager
    async def open(self, login: Login) -> AsyncIterator[HttpRegistry]:
        """Lend a registry; see `RemoteRegistries`."""
        endpoint = Endpoint(
            domain=login.domain,
            username=login.username,
            password=login.password,
            transport=login.transport,
            client_key=login.client_key,
            limits=self._limits,
        )
        redact = Redactor(endpoint.username, endpoint.secrets)
        async with open_client(endpoint, redact, self._network(endpoint)) as client:
            yield HttpRegistry(client, endpoint, redact)


class HttpRegistry:
    """One registry as one account; implements `RemoteRegistry`."""

    def __init__(self, client: RegistryClient, endpoint: Endpoint, redact: Redactor) -> None:
        """Speak over `client`."""
        self._client = client
        self._endpoint = endpoint
        self._redact = redact
        self._greeted = False

    async def digest(self, path: str, reference: str) -> str | None:
        """Ask for the head of a manifest."""
        answer = await self._send("HEAD", _manifest(path, reference), _scope(path, "pull"))
        if answer.status == 404:
            return None
        self._check(answer)
        # Some registries do not say it in the head.
        told = answer.headers.get("docker-content-digest", "")
        return told or (await self.manifest(path, reference)).digest

    async def manifest(self, path: str, reference: str) -> Manifest:
        """Get a manifest, and compare it with its digest."""
        answer = await self._send(
            "GET",
            _manifest(path, reference),
            _scope(path, "pull"),
            limit_bytes=_MANIFEST_BYTES,
        )
        self._check(answer)
        algorithm, colon, _ = reference.partition(":")
        if not colon:  # a tag
            algorithm = "sha256"
        digest = f"{algorithm}:{hashlib.new(algorithm, answer.body).hexdigest()}"
        if colon and digest != reference:
            words = f'it gives another manifest as "{reference}", or not all of it'
            raise Refusal(words, FailureReason.REGISTRY_ERROR)
        return Manifest(
            digest=digest,
            media_type=answer.headers.get("content-type", ""),
            body=answer.body,
        )

    async def put_manifest(self, path: str, reference: str, manifest: Manifest) -> None:
        """Put a manifest."""
        answer = await self._send(
            "PUT",
            _manifest(path, reference),
            _scope(path, "pull,push"),
            headers={"Content-Type": manifest.media_type},
            body=manifest.body,
        )
        self._check(answer)

    async def check_pull(self, path: str, reference: str) -> None:
        """Ask for the head of a manifest."""
        await self.digest(path, reference)

    async def check_push(self, path: str) -> None:
        """Begin an upload, and drop it."""
        async with self._heard():
            await self._greet()
            begun = await self._client.begin_upload(path)
        self._check(begun)
        await _to_the_end(self._client.drop_upload(begun))

    async def _send(
        self,
        method: str,
        location: str,
        scope: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        limit_bytes: int = 0,
    ) -> Answer:
        async with self._heard():
            await self._greet()
            return await self._client.send(
                method, location, scope, headers=headers, body=body, limit_bytes=limit_bytes
            )
        raise AssertionError("what is raised in the block is never swallowed")

    async def _greet(self) -> None:
        """Find out once whether TLS is spoken, where that is not known."""
        if self._greeted or not self._client.encrypted:
            return
        await self._client.greet()
        self._greeted = True

    @asynccontextmanager
    async def _heard(self) -> AsyncIterator[None]:
        """Turn errors of the connection into refusals."""
        try:
            yield
        except TokenRefused as error:
            raise self._refusal(error.answer) from error
        except DistributionError as error:
            raise Refusal(self._redact(str(error)), FailureReason.UNKNOWN) from error
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            raise silence_of(error, self._redact) from error

    def _check(self, answer: Answer) -> None:
        if not 200 <= answer.status < 300:
            raise self._refusal(answer)

    def _refusal(self, answer: Answer) -> Refusal:
        return refusal_of(answer, self._redact, anonymous=self._endpoint.anonymous)


def _manifest(path: str, reference: str) -> str:
    return f"/v2/{quote(path)}/manifests/{quote(reference, safe=':')}"


def _scope(path: str, actions: str) -> str:
    return f"repository:{path}:{actions}"


async def _to_the_end(work: Coroutine[None, None, _Result]) -> _Result:
    """Await `work` even when the caller leaves meanwhile; it has limits of its own."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
