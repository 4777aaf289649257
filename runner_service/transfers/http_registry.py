"""A real registry, by its HTTP API."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from urllib.parse import quote, urlencode, urljoin

import httpx

from freshet.distribution import Answer, Endpoint, Limits, Redactor, open_client
from runner_service.daemon.errors import FailureReason
from runner_service.registries import Login
from runner_service.transfers.http_exchange import Exchange
from runner_service.transfers.port import Blob, BlobReader, Manifest, Refusal

_MANIFEST_BYTES = 4 * 1024 * 1024
"""As much as registries take (OCI distribution specification, "Pushing Manifests")."""
_INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
_COMMIT_S = 300.0
"""Registries on object stores copy a large blob before they answer."""
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
            yield HttpRegistry(Exchange(client, endpoint, redact))


class HttpRegistry:
    """One registry as one account; implements `RemoteRegistry`."""

    def __init__(self, exchange: Exchange) -> None:
        """Speak over `exchange`."""
        self._exchange = exchange

    async def digest(self, path: str, reference: str) -> str | None:
        """Ask for the head of a manifest."""
        answer = await self._exchange.send("HEAD", _manifest(path, reference), _scope(path, "pull"))
        if answer.status == 404:
            return None
        self._exchange.check(answer)
        # Some registries do not say it in the head.
        told = answer.headers.get("docker-content-digest", "")
        return told or (await self.manifest(path, reference)).digest

    async def manifest(self, path: str, reference: str) -> Manifest:
        """Get a manifest, and compare it with its digest."""
        answer = await self._exchange.send(
            "GET",
            _manifest(path, reference),
            _scope(path, "pull"),
            limit_bytes=_MANIFEST_BYTES,
        )
        self._exchange.check(answer)
        algorithm, colon, _ = reference.partition(":")
        if not colon:  # a tag
            algorithm = "sha256"
        digest = f"{algorithm}:{hashlib.new(algorithm, answer.body).hexdigest()}"
        if colon and digest != reference:
            words = f'it gives another manifest as "{reference}", or not all of it'
            raise Refusal(words, FailureReason.REGISTRY_ERROR)
        media_type = answer.headers.get("content-type", "")
        return Manifest(digest=digest, media_type=media_type, body=answer.body)

    async def put_manifest(self, path: str, reference: str, manifest: Manifest) -> None:
        """Put a manifest."""
        answer = await self._exchange.send(
            "PUT",
            _manifest(path, reference),
            _scope(path, "pull,push"),
            headers={"Content-Type": manifest.media_type},
            body=manifest.body,
        )
        self._exchange.check(answer)

    async def has_blob(self, path: str, blob: Blob) -> bool:
        """Ask for the head of a blob."""
        answer = await self._exchange.send("HEAD", _blob(path, blob), _scope(path, "pull,push"))
        if answer.status == 404:
            return False
        self._exchange.check(answer)
        return True

    async def read_blob(self, path: str, blob: Blob) -> AsyncGenerator[bytes]:
        """Get a blob."""
        read = self._exchange.pieces(_blob(path, blob), _scope(path, "pull"), blob.size_bytes)
        received, told = hashlib.new(blob.algorithm), 0
        async with aclosing(read) as pieces:
            async for piece in pieces:
                received.update(piece)
                told += len(piece)
                yield piece
        if told != blob.size_bytes or received.hexdigest() != blob.digest.partition(":")[2]:
            words = f'it gives something else as "{blob.digest}", or not all of it'
            raise Refusal(words, FailureReason.REGISTRY_ERROR)

    async def mount_blob(self, path: str, blob: Blob, source_path: str) -> bool:
        """Begin an upload that takes the blob from another repository; drop it if it does not."""
        query = urlencode({"mount": blob.digest, "from": source_path})
        begun = await self._exchange.begin_upload(path, f"?{query}", source_path)
        if begun.status == 202:
            await self._exchange.drop_upload(begun)
        if begun.status in (401, 403, 404):  # the account may not read there, or nothing is there
            return False
        self._exchange.check(begun)
        return begun.status == 201

    async def upload_blob(self, path: str, blob: Blob, read: BlobReader) -> None:
        """Begin an upload, and put the whole blob there in one request."""
        begun = await self._exchange.begin_upload(path)
        self._exchange.check(begun)
        try:
            await self._commit(begun, path, blob, read)
        except BaseException:
            # Registries that cannot drop one that broke off clean up by themselves.
            await self._exchange.drop_upload(begun)
            raise

    async def _commit(self, begun: Answer, path: str, blob: Blob, read: BlobReader) -> None:
        """Put a whole blob where the upload that was begun wants it."""
        readings: list[AsyncGenerator[bytes]] = []

        def body() -> AsyncGenerator[bytes]:
            readings.append(read())
            return readings[-1]

        try:
            answer = await self._exchange.send(
                "PUT",
                _committing(begun, blob),
                _scope(path, "pull,push"),
                headers={
                    "Content-Type": "application/octet-stream",
                    "Content-Length": str(blob.size_bytes),
                },
                body=body,
                wait_s=_COMMIT_S,
            )
        finally:
            for reading in readings:
                await reading.aclose()
        self._exchange.check(answer)

    async def lists_referrers(self, path: str, digest: str) -> bool:
        """Ask for the list."""
        location = f"/v2/{quote(path)}/referrers/{quote(digest, safe=':')}"
        answer = await self._exchange.send("GET", location, _scope(path, "pull"))
        # Some that know of no such list answer with a page.
        listed = answer.headers.get("content-type", "").partition(";")[0].strip() == _INDEX_TYPE
        return answer.status == 200 and listed

    async def check_pull(self, path: str, reference: str) -> None:
        """Ask for the head of a manifest."""
        await self.digest(path, reference)

    async def check_push(self, path: str) -> None:
        """Begin an upload, and drop it."""
        begun = await self._exchange.begin_upload(path)
        self._exchange.check(begun)
        await self._exchange.drop_upload(begun)


def _manifest(path: str, reference: str) -> str:
    return f"/v2/{quote(path)}/manifests/{quote(reference, safe=':')}"


def _blob(path: str, blob: Blob) -> str:
    return f"/v2/{quote(path)}/blobs/{quote(blob.digest, safe=':')}"


def _scope(path: str, actions: str) -> str:
    return f"repository:{path}:{actions}"


def _committing(begun: Answer, blob: Blob) -> str:
    """Return where the blob of the upload that was begun is put.

    Raises:
        Refusal: the registry does not say where.
    """
    location = begun.headers.get("location", "")
    if not location:
        raise Refusal("it does not say where to upload to", FailureReason.UNKNOWN)
    place = urljoin(begun.url, location)
    # What the registry wrote there is its own and stays as it is.
    return f"{place}{'&' if '?' in place else '?'}{urlencode({'digest': blob.digest})}"
