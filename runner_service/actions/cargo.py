"""What a push sends, and how that gets to the registry: by the daemon, or from another registry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from runner_service.actions.destination import Destination
from runner_service.context import OperationContext
from runner_service.daemon.port import PushedImage
from runner_service.transfers import ImageCopy, Place, RemoteRegistry, UnknownManifest, read_parts


class Cargo(Protocol):
    """An image that can be sent."""

    @property
    def image_id(self) -> str:
        """`sha256:...`; what the step tells."""

    async def send(
        self, tag: str, destination: Destination, remote: RemoteRegistry | None
    ) -> PushedImage:
        """Bring the image to a tag.

        Args:
            tag: What it is called there.
            destination: Where it goes.
            remote: The registry there; None: only the daemon reaches it.

        Raises:
            DaemonError: the daemon failed, or the registry where the image is.
            Refusal: the registry where it goes refused something.
        """


class DaemonImage:
    """An image that the daemon has."""

    def __init__(self, image_id: str, context: OperationContext) -> None:
        """Send `image_id` for the operation of `context`."""
        self.image_id = image_id
        self._context = context

    async def send(
        self, tag: str, destination: Destination, remote: RemoteRegistry | None
    ) -> PushedImage:
        """Let the daemon push."""
        daemon, reference = self._context.run.daemon, f"{destination.repository}:{tag}"
        await daemon.tag(self.image_id, reference)
        credentials = destination.login.credentials
        return await daemon.push(reference, credentials, self._context.write)


class RegistryImage:
    """An image that a repository has; it goes from there with all its platforms."""

    def __init__(
        self,
        find: Callable[[], Awaitable[ImageCopy | None]],
        on_daemon: Callable[[], Awaitable[DaemonImage]],
    ) -> None:
        """Send what `find` finds to copy; what cannot be copied is sent `on_daemon`."""
        self._find = find
        self._on_daemon = on_daemon
        self._copy: ImageCopy | None = None
        self._sent_by_daemon = ""

    @property
    def image_id(self) -> str:
        """Return what daemons call the image that was sent: its configuration, or its index."""
        if self._sent_by_daemon or self._copy is None:
            return self._sent_by_daemon
        blobs = read_parts(self._copy.image).blobs
        return blobs[0].digest if blobs else self._copy.image.digest

    async def send(
        self, tag: str, destination: Destination, remote: RemoteRegistry | None
    ) -> PushedImage:
        """Copy from registry to registry; let the daemon do it where that is not possible."""
        if remote is None:
            return await self._by_daemon(tag, destination, remote)
        self._copy = self._copy or await self._find()
        if self._copy is None:
            return await self._by_daemon(tag, destination, remote)
        place = Place(remote=remote, domain=destination.login.domain, path=destination.path)
        try:
            await self._copy.bring_parts(place)
        except UnknownManifest:
            return await self._by_daemon(tag, destination, remote)
        image = self._copy.image
        await remote.put_manifest(destination.path, tag, image)
        return PushedImage(
            reference=f"{destination.repository}:{tag}",
            digest=image.digest,
            manifest_size_bytes=len(image.body),
        )

    async def _by_daemon(
        self, tag: str, destination: Destination, remote: RemoteRegistry | None
    ) -> PushedImage:
        image = await self._on_daemon()
        self._sent_by_daemon = image.image_id
        return await image.send(tag, destination, remote)
