"""Registries in memory: those of a fake daemon, as their accounts see them."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from runner_service.daemon.errors import FailureReason
from runner_service.daemon.fake_build import FakeImage
from runner_service.daemon.fake_daemon import FakeDaemon, FakeRegistry, manifest_digest
from runner_service.registries import Login
from runner_service.transfers.port import Manifest, Refusal

Operation = Literal["digest", "put_manifest", "check_pull", "check_push"]


class FakeRemotes:
    """Opens the registries of a fake daemon."""

    def __init__(self, daemon: FakeDaemon) -> None:
        """Know what `daemon` knows."""
        self._daemon = daemon
        self._overtaken: set[str] = set()
        self._refusals: dict[Operation, deque[Refusal]] = {}
        self.asked: list[Operation] = []

    def refuse_next(self, operation: Operation, *refusals: Refusal) -> None:
        """Let the next calls of `operation` raise, one each; several calls queue up."""
        self._refusals.setdefault(operation, deque()).extend(refusals)

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
        registry, named = self._admitted("digest"), f"{self._login.domain}/{path}"
        self._registries.look(registry, f"{named}:{reference}")
        images = registry.images
        for name, image in images.items():
            digest = manifest_digest(image)
            if name == f"{named}:{reference}" or (
                name.startswith(f"{named}:") and digest == reference
            ):
                return digest
        return None

    async def manifest(self, path: str, reference: str) -> Manifest:
        """Make a manifest of an image."""
        digest = await self.digest(path, reference)
        if digest is None:
            raise Refusal("manifest unknown", FailureReason.NOT_FOUND)
        return Manifest(digest=digest, media_type="application/fake", body=digest.encode())

    async def put_manifest(self, path: str, reference: str, manifest: Manifest) -> None:
        """Tag the image that the manifest was made of."""
        images = self._admitted("put_manifest").images
        found = next(
            image for image in images.values() if manifest_digest(image) == manifest.digest
        )
        images[f"{self._login.domain}/{path}:{reference}"] = found

    async def check_pull(self, path: str, reference: str) -> None:
        """Compare the account."""
        self._admitted("check_pull")

    async def check_push(self, path: str) -> None:
        """Compare the account."""
        self._admitted("check_push")

    def _admitted(self, operation: Operation) -> FakeRegistry:
        self._registries.begin(operation)
        registry = self._registry
        if registry is None:
            raise Refusal("connection refused", FailureReason.UNREACHABLE)
        if registry.account not in (None, self._login.credentials):
            raise Refusal("HTTP 401: authentication required", FailureReason.UNAUTHORIZED)
        return registry
