"""Copies an image from one repository to another, with all its platforms and no daemon.

What the target has is left alone; blobs of the same registry are mounted, others are streamed, a
few at a time, and never held.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field

from runner_service.daemon.errors import FailureReason, PullFailed
from runner_service.transfers.manifests import UnknownManifest, read_parts
from runner_service.transfers.port import Blob, Manifest, Refusal, RemoteRegistry

_BLOBS_AT_ONCE = 3  # as many layers as daemons push at once, at most five
_DEEPEST = 3
"""Indexes in indexes, and their images."""
_MOST_MANIFESTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A repository, as an account sees it."""

    remote: RemoteRegistry
    domain: str
    path: str

    @property
    def repository(self) -> str:
        """Domain and path."""
        return f"{self.domain}/{self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCopy:
    """An image of `source` on its way elsewhere."""

    source: Place
    image: Manifest
    say: Callable[[str], None]
    """Told what becomes of each blob."""
    moves: Callable[[], None]
    """Called for each piece that has moved."""
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_BLOBS_AT_ONCE))

    async def bring_parts(self, target: Place) -> None:
        """Let `target` have all that the manifest of the image names.

        What came before an error stays, so that another attempt goes on from there.

        Raises:
            PullFailed: the source did not give something.
            Refusal: the target did not take something.
            UnknownManifest: a part of the image is of a kind that is not known.
        """
        if await target.remote.digest(target.path, self.image.digest) is None:
            await self._bring(self.image, target, [_MOST_MANIFESTS], _DEEPEST)

    async def _bring(self, image: Manifest, target: Place, left: list[int], depth: int) -> None:
        parts = read_parts(image)
        left[0] -= len(parts.manifests)
        if depth == 0 or left[0] < 0:
            raise UnknownManifest("the image has too many manifests, or too many in each other")
        for digest in parts.manifests:
            if await target.remote.digest(target.path, digest) is None:
                child = await self._manifest(digest)
                await self._bring(child, target, left, depth - 1)
                await target.remote.put_manifest(target.path, digest, child)
        await _all(self._in_turn(blob, target) for blob in parts.blobs)

    async def _in_turn(self, blob: Blob, target: Place) -> None:
        async with self._turn:
            self.say(f"{blob.digest}: {await self._bring_blob(blob, target)}")

    async def _bring_blob(self, blob: Blob, target: Place) -> str:
        """Let the target have a blob; return what had to be done."""
        if await target.remote.has_blob(target.path, blob):
            return "already there"
        if target.domain == self.source.domain and await target.remote.mount_blob(
            target.path, blob, self.source.path
        ):
            return "mounted"
        await target.remote.upload_blob(target.path, blob, lambda: self._pieces(blob))
        return f"copied, {blob.size_bytes} bytes"

    async def _pieces(self, blob: Blob) -> AsyncGenerator[bytes]:
        """Read a blob; what the source refuses is no refusal of the target."""
        try:
            async with aclosing(self.source.remote.read_blob(self.source.path, blob)) as pieces:
                async for piece in pieces:
                    self.moves()
                    yield piece
        except Refusal as refusal:
            raise self._not_given(blob.digest, refusal) from refusal

    async def _manifest(self, digest: str) -> Manifest:
        try:
            return await self.source.remote.manifest(self.source.path, digest)
        except Refusal as refusal:
            raise self._not_given(digest, refusal) from refusal

    def _not_given(self, digest: str, refusal: Refusal) -> PullFailed:
        # The image itself was given a moment ago: the registry lost a part of it.
        lost = refusal.reason is FailureReason.NOT_FOUND
        words = f"the registry has not all of the image: {refusal.words}" if lost else refusal.words
        reference = f"{self.source.repository}@{digest}"
        return PullFailed(reference, words, refusal.reason, refusal.retry_after_s)


async def _all(works: Iterable[Coroutine[None, None, None]]) -> None:
    """Let all works come to their ends, then raise what the first that failed raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    except asyncio.CancelledError:
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    for error in ended:
        if isinstance(error, BaseException):
            raise error
