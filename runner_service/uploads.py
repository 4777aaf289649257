"""Receives archives, so that a broken upload goes on where it broke."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from freshet.runner.v1.runner_service_pb2 import UploadArchiveRequest, UploadArchiveResponse
from runner_service.archives import Archives
from runner_service.errors import ArchiveRefused, UploadConflict, UploadStalled

_PATIENCE_S = 60.0
_MOST_MESSAGE_BYTES = 4 * 1024 * 1024
_Requests = AsyncIterator[UploadArchiveRequest]
_Result = TypeVar("_Result")


class Uploads:
    """The uploads that go on. For the event loop."""

    def __init__(self, archives: Archives, patience_s: float = _PATIENCE_S) -> None:
        """Put them into `archives`; a client is silent for `patience_s` at most."""
        self._archives = archives
        self._patience_s = patience_s
        self._busy: set[str] = set()

    async def receive(self, requests: _Requests) -> UploadArchiveResponse:
        """Receive an archive, or the next part of one, or only tell how much is there.

        Raises:
            ArchiveRefused: it is not what was announced, or must not be unpacked.
            UploadConflict: the data does not go on from what is there, or another call uploads it.
            UploadStalled: no data came for too long.
            ArchivesFull: there is no room.
        """
        first = await self._next(requests)
        if first is None:
            raise ArchiveRefused("ARCHIVE_DIGEST", "the call has no message")
        archive_id = self._archives.digest_id(first.digest, first.total_size_bytes)
        if archive_id in self._busy:
            size = self._archives.size(archive_id, first.total_size_bytes)
            raise UploadConflict("another call uploads the same archive; try again later", size)
        self._busy.add(archive_id)
        try:
            await self._append(archive_id, first, requests)
            return await self._answer(archive_id, first.total_size_bytes)
        finally:
            self._busy.discard(archive_id)

    async def _append(
        self, archive_id: str, first: UploadArchiveRequest, requests: _Requests
    ) -> None:
        offset = first.offset
        message: UploadArchiveRequest | None = first
        while message is not None:
            if len(message.data) > _MOST_MESSAGE_BYTES:
                raise ArchiveRefused("ARCHIVE_TOO_LARGE", "a message has more than 4 MiB")
            if message.data:
                total, data = first.total_size_bytes, message.data
                await _in_thread(self._archives.append, archive_id, offset, total, data)
                offset += len(data)
            message = await self._next(requests)

    async def _answer(self, archive_id: str, total_size_bytes: int) -> UploadArchiveResponse:
        size = await _in_thread(self._archives.size, archive_id, total_size_bytes)
        response = UploadArchiveResponse(size_bytes=size)
        if size == total_size_bytes:
            response.archive = await _in_thread(self._archives.complete, archive_id)
        return response

    async def _next(self, requests: _Requests) -> UploadArchiveRequest | None:
        try:
            async with asyncio.timeout(self._patience_s):
                return await anext(requests, None)
        except TimeoutError as error:
            raise UploadStalled(self._patience_s) from error


async def _in_thread(function: Callable[..., _Result], *arguments: object) -> _Result:
    """Call a function that blocks; a caller that goes away waits for its end nevertheless."""
    task = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
