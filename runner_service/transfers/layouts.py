"""Uploads an image that comes as an archive of an OCI layout, while it comes.

Source: the OCI image specification, "OCI Image Layout Specification". The blobs come first in the
archives of Docker, the index that says what they are comes last.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from hashlib import sha256

from runner_service.daemon.errors import FailureReason
from runner_service.transfers.copies import Place
from runner_service.transfers.manifests import UnknownManifest, read_parts
from runner_service.transfers.port import Blob, Manifest, Refusal

_BLOCK = tarfile.BLOCKSIZE
_PIECE_BYTES = 1 << 20
_MANIFEST_BYTES = 4 * 1024 * 1024
_BLOB = re.compile("blobs/sha256/([0-9a-f]{64})")
_INDEX = "index.json"


class _Archive:
    """A tar archive that is read once, from beginning to end."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._buffer = b""
        self._left = 0
        """Bytes of the entry that were not read yet."""

    async def entries(self) -> AsyncIterator[tarfile.TarInfo]:
        """Yield the entries; what is not read of one before the next is left out."""
        while True:
            block = await self._exactly(_BLOCK)
            if not block.strip(b"\0"):
                return
            try:
                entry = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
            except tarfile.HeaderError as error:
                raise UnknownManifest("the archive of the image cannot be read") from error
            if entry.size < 0:
                raise UnknownManifest("the archive of the image cannot be read")
            self._left = entry.size
            yield entry
            async for _ in self.content():
                pass
            await self._exactly(-entry.size % _BLOCK)

    async def content(self) -> AsyncGenerator[bytes]:
        """Yield what is left of the entry."""
        while self._left:
            piece = await self._some(min(self._left, _PIECE_BYTES))
            self._left -= len(piece)
            yield piece

    async def _exactly(self, size: int) -> bytes:
        whole = b""
        while len(whole) < size:
            whole += await self._some(size - len(whole))
        return whole

    async def _some(self, most: int) -> bytes:
        while not self._buffer:
            try:
                self._buffer = await anext(self._pieces)
            except StopAsyncIteration:
                raise UnknownManifest("the archive of the image ends too early") from None
        piece, self._buffer = self._buffer[:most], self._buffer[most:]
        return piece


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutUpload:
    """An archive on its way to a repository."""

    target: Place
    say: Callable[[str], None]
    """Told what becomes of each blob."""
    moves: Callable[[], None]
    """Called for each piece that has moved."""
    _manifests: dict[str, bytes] = field(default_factory=dict)
    """By digest."""

    async def bring_parts(self, pieces: AsyncIterator[bytes]) -> Manifest:
        """Let the target have all that the image of an archive consists of; return its manifest.

        Raises:
            Refusal: the target did not take something.
            UnknownManifest: the archive is not as it should be.
            DaemonError: whatever `pieces` raises.
        """
        archive, index = _Archive(pieces), b""
        async for entry in archive.entries():
            if named := _BLOB.fullmatch(entry.name):
                await self._take(f"sha256:{named[1]}", entry.size, archive)
            elif entry.name == _INDEX and entry.size <= _MANIFEST_BYTES:
                index = b"".join([piece async for piece in archive.content()])
        return await self._with_parts(_described(index))

    async def _take(self, digest: str, size: int, archive: _Archive) -> None:
        """Upload a blob; manifests are kept, to be put when all they name is there."""
        if size > _MANIFEST_BYTES:
            await self._upload(Blob(digest=digest, size_bytes=size), archive.content())
            return
        content = b"".join([piece async for piece in archive.content()])
        if _is_manifest(content):
            self._manifests[digest] = content
        else:
            await self._upload(Blob(digest=digest, size_bytes=size), _once(content))

    async def _upload(self, blob: Blob, content: AsyncGenerator[bytes]) -> None:
        remote, path = self.target.remote, self.target.path
        if await remote.has_blob(path, blob):
            self.say(f"{blob.digest}: already there")
            return
        readings = iter([content])

        async def read() -> AsyncGenerator[bytes]:
            reading = next(readings, None)
            if reading is None:
                raise Refusal("it asks for what was sent already", FailureReason.REGISTRY_ERROR)
            async for piece in reading:
                self.moves()
                yield piece

        await remote.upload_blob(path, blob, read)
        self.say(f"{blob.digest}: sent, {blob.size_bytes} bytes")

    async def _with_parts(self, described: dict[str, object]) -> Manifest:
        """Put the manifests that a manifest names; return that."""
        digest = str(described.get("digest"))
        body = self._manifests.pop(digest, None)  # each once: they cannot name each other
        if body is None or f"sha256:{sha256(body).hexdigest()}" != digest:
            raise UnknownManifest("the archive has not all platforms of the image")
        media_type = str(described.get("mediaType"))
        manifest = Manifest(digest=digest, media_type=media_type, body=body)
        if read_parts(manifest).manifests:
            for each in {each["digest"]: each for each in json.loads(body)["manifests"]}.values():
                part = await self._with_parts(each)
                await self.target.remote.put_manifest(self.target.path, part.digest, part)
        return manifest


def _described(index: bytes) -> dict[str, object]:
    """Return the descriptor of the only image of a layout."""
    try:
        (described,) = json.loads(index)["manifests"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnknownManifest("the archive is no layout of one image") from error
    if not isinstance(described, dict):
        raise UnknownManifest("the archive is no layout of one image")
    return described


def _is_manifest(content: bytes) -> bool:
    """Tell manifests from configurations, provenance and layers."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and told.get("schemaVersion") == 2


async def _once(content: bytes) -> AsyncGenerator[bytes]:
    yield content
