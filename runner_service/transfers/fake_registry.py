"""Registries in memory: those of a fake daemon, as their accounts see them."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from hashlib import sha256
from typing import Literal

from runner_service.daemon.errors import FailureReason
from runner_service.daemon.fake_build import FakeImage
from runner_service.daemon.fake_daemon import FakeDaemon, FakeRegistry
from runner_service.daemon.fake_formats import (
    MANIFEST_TYPE,
    configuration,
    image_of,
    manifest_digest,
    manifest_of,
)
from runner_service.registries import Login
from runner_service.transfers.port import Blob, BlobReader, Manifest, Refusal

Operation = Literal[
    "digest",
    "manifest",
    "put_manifest",
    "has_blob",
    "read_blob",
    "mount_blob",
    "upload_blob",
    "lists_referrers",
    "check_pull",
    "check_push",
]


class FakeRemotes:
    """Opens the registries of a fake daemon."""

    def __init__(self, daemon: FakeDaemon) -> None:
        """Know what `daemon` knows."""
        self._daemon = daemon
        self._overtaken: set[str] = set()
        self._refusals: dict[Operation, deque[Refusal]] = {}
        self._unheard: dict[Operation, deque[Refusal]] = {}
        self.asked: list[Operation] = []

    def refuse_next(self, operation: Operation, *refusals: Refusal) -> None:
        """Let the next calls of `operation` raise, one each; several calls queue up."""
        self._refusals.setdefault(operation, deque()).extend(refusals)

    def break_next(self, operation: Operation, *refusals: Refusal) -> None:
        """Let the next calls of `operation` do their work and raise all the same."""
        self._unheard.setdefault(operation, deque()).extend(refusals)

    def overtake_next(self, reference: str) -> None:
        """Let somebody else push another image as `reference` before it is looked at by tag."""
        self._overtaken.add(reference)

    def look(self, registry: FakeRegistry, reference: str) -> None:
        """Let what was asked for happen to `reference`."""
        if reference in self._overtaken:
            self._overtaken.remove(reference)
            image = FakeImage(image_id=f"sha256:of somebody else's {reference}", files={})
            other = f"{reference}-before"
            registry.images[other] = registry.images[reference]
            registry.images[reference] = image

    def begin(self, operation: Operation) -> None:
        """Be as broken as was asked for."""
        self.asked.append(operation)
        if refusals := self._refusals.get(operation):
            raise refusals.popleft()

    def end(self, operation: Operation) -> None:
        """Break after the work, as was asked for."""
        if refusals := self._unheard.get(operation):
            raise refusals.popleft()

    @asynccontextmanager
    async def open(self, login: Login) -> AsyncIterator[FakeRemote]:
        """Lend a registry; see `RemoteRegistries`."""
        yield FakeRemote(self, self._daemon.registries.get(login.domain), login)


class FakeRemote:
    """One registry as one account; implements `RemoteRegistry`."""

    def __init__(
        self, registries: FakeRemotes, registry: FakeRegistry | None, login: Login
    ) -> None:
        """Speak with `registry`; None: nobody listens."""
        self._registries = registries
        self._registry = registry
        self._login = login

    async def digest(self, path: str, reference: str) -> str | None:
        """Look among the images."""
        return self._digest(self._admitted("digest"), path, reference)

    async def manifest(self, path: str, reference: str) -> Manifest:
        """Make a manifest of an image."""
        digest = self._digest(self._admitted("manifest"), path, reference)
        if digest is None:
            raise Refusal("manifest unknown", FailureReason.NOT_FOUND)
        image = next(each for each in self._images(path) if manifest_digest(each) == digest)
        return Manifest(digest=digest, media_type=MANIFEST_TYPE, body=manifest_of(image))

    async def put_manifest(self, path: str, reference: str, manifest: Manifest) -> None:
        """Tag the image that the manifest was made of, or keep what is attached to one."""
        registry = self._admitted("put_manifest")
        told = json.loads(manifest.body)
        if "subject" in told and registry.referrers is not None:
            registry.referrers.setdefault((path, told["subject"]["digest"]), []).append(
                manifest.body
            )
            return
        made_of = self._blobs(path).get(told["config"]["digest"])
        if made_of is None:
            raise Refusal("MANIFEST_BLOB_UNKNOWN", FailureReason.REGISTRY_ERROR)
        tag = reference if ":" not in reference else f"{reference}-before"
        registry.images[f"{self._login.domain}/{path}:{tag}"] = image_of(made_of)
        self._registries.end("put_manifest")

    async def has_blob(self, path: str, blob: Blob) -> bool:
        """Look among what was uploaded and the parts of images."""
        self._admitted("has_blob")
        return blob.digest in self._blobs(path)

    async def read_blob(self, path: str, blob: Blob) -> AsyncGenerator[bytes]:
        """Yield a blob byte by byte."""
        self._admitted("read_blob")
        content = self._blobs(path).get(blob.digest)
        if content is None:
            raise Refusal("blob unknown", FailureReason.NOT_FOUND)
        for byte in content[: blob.size_bytes]:
            yield bytes([byte])
        if len(content) != blob.size_bytes:
            raise Refusal("it gives something else", FailureReason.REGISTRY_ERROR)

    async def mount_blob(self, path: str, blob: Blob, source_path: str) -> bool:
        """Take a blob over from another repository that has it."""
        registry, content = self._admitted("mount_blob"), self._blobs(source_path).get(blob.digest)
        if content is not None:
            registry.blobs[path, blob.digest] = content
        return content is not None

    async def upload_blob(self, path: str, blob: Blob, read: BlobReader) -> None:
        """Keep a blob if its digest is right."""
        registry = self._admitted("upload_blob")
        async with aclosing(read()) as pieces:
            content = b"".join([piece async for piece in pieces])
        if _hash(content) != blob.digest:
            raise Refusal("DIGEST_INVALID", FailureReason.REGISTRY_ERROR)
        registry.blobs[path, blob.digest] = content

    async def lists_referrers(self, path: str, digest: str) -> bool:
        """Tell whether there is a list."""
        return self._admitted("lists_referrers").referrers is not None

    async def check_pull(self, path: str, reference: str) -> None:
        """Compare the account."""
        self._admitted("check_pull")

    async def check_push(self, path: str) -> None:
        """Compare the account."""
        self._admitted("check_push")

    def _digest(self, registry: FakeRegistry, path: str, reference: str) -> str | None:
        named, images = f"{self._login.domain}/{path}", registry.images
        self._registries.look(registry, f"{named}:{reference}")
        for name, image in images.items():
            digest = manifest_digest(image)
            if name == f"{named}:{reference}" or (
                name.startswith(f"{named}:") and digest == reference
            ):
                return digest
        return None

    def _images(self, path: str) -> list[FakeImage]:
        images, begin = self._known.images, f"{self._login.domain}/{path}:"
        return [image for name, image in images.items() if name.startswith(begin)]

    def _uploaded(self, path: str) -> dict[str, bytes]:
        blobs = self._known.blobs
        return {digest: content for (place, digest), content in blobs.items() if place == path}

    def _blobs(self, path: str) -> dict[str, bytes]:
        parts = {image.image_id: configuration(image) for image in self._images(path)}
        return parts | self._uploaded(path)

    @property
    def _known(self) -> FakeRegistry:
        assert self._registry is not None, "nobody is admitted where nobody listens"
        return self._registry

    def _admitted(self, operation: Operation) -> FakeRegistry:
        self._registries.begin(operation)
        registry = self._registry
        if registry is None:
            raise Refusal("connection refused", FailureReason.UNREACHABLE)
        if registry.account not in (None, self._login.credentials):
            raise Refusal("HTTP 401: authentication required", FailureReason.UNAUTHORIZED)
        return registry


def _hash(content: bytes) -> str:
    """Return the digest of a blob; that of a configuration is the id of its image."""
    try:
        return image_of(content).image_id
    except (ValueError, KeyError, TypeError):
        return f"sha256:{sha256(content).hexdigest()}"
