"""What a push sends, and how that gets to the registry: by the daemon, or from another registry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from runner_service.actions.destination import Destination
from runner_service.context import OperationContext
from runner_service.daemon.errors import FailureReason, PushFailed
from runner_service.daemon.port import ImageStore, PushedImage
from runner_service.transfers import (
    ImageCopy,
    LayoutUpload,
    Manifest,
    Place,
    RemoteRegistry,
    UnknownManifest,
    read_parts,
)


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
        """Let the daemon push; where it may not though the account may, send the layers oneself."""
        daemon, reference = self._context.run.daemon, f"{destination.repository}:{tag}"
        await daemon.tag(self.image_id, reference)
        credentials = destination.login.credentials
        try:
            return await daemon.push(reference, credentials, self._context.write)
        except PushFailed as error:
            if remote is None or not await self._mistaken(error):
                raise
            place = Place(remote=remote, domain=destination.login.domain, path=destination.path)
            try:
                return await self._push_past_daemon(tag, place)
            except UnknownManifest:
                raise error from None

    async def _mistaken(self, error: PushFailed) -> bool:
        """Tell whether the daemon is refused something that a push does not need.

        Containerd wants to mount layers from the repository where it got them, and gives up when
        the account of the push may not read there.
        """
        if error.reason not in (FailureReason.DENIED, FailureReason.UNAUTHORIZED):
            return False
        return (await self._context.run.daemon.describe()).image_store is ImageStore.CONTAINERD

    async def _push_past_daemon(self, tag: str, target: Place) -> PushedImage:
        context = self._context
        context.say(
            "The daemon may not reuse layers of another repository; sending them without it"
        )
        upload = LayoutUpload(target=target, say=context.say, moves=context.on_output)
        async with context.run.daemon.archive(self.image_id) as pieces:
            image = await upload.bring_parts(pieces)
        await target.remote.put_manifest(target.path, tag, image)
        return _pushed_image(tag, target, image)


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
        return _pushed_image(tag, place, image)

    async def _by_daemon(
        self, tag: str, destination: Destination, remote: RemoteRegistry | None
    ) -> PushedImage:
        image = await self._on_daemon()
        self._sent_by_daemon = image.image_id
        return await image.send(tag, destination, remote)


def _pushed_image(tag: str, target: Place, image: Manifest) -> PushedImage:
    return PushedImage(
        reference=f"{target.repository}:{tag}",
        digest=image.digest,
        manifest_size_bytes=len(image.body),
    )
