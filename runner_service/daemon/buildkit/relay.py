"""Carries bytes between two connections, as long as both are open."""

import asyncio
from contextlib import suppress

from runner_service.daemon.engine_api import LOST, Connection

_PIECE_BYTES = 256 * 1024


class Relay:
    """Both directions between a daemon and a local connection; must be stopped."""

    def __init__(
        self, daemon: Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Begin to carry."""
        self._writer = writer
        self._directions = [
            asyncio.create_task(_to_local(daemon, writer)),
            asyncio.create_task(_to_daemon(reader, daemon)),
        ]

    async def ended(self) -> None:
        """Wait until one side has closed."""
        await asyncio.wait(self._directions, return_when=asyncio.FIRST_COMPLETED)

    async def stop(self) -> None:
        """Stop carrying, and close the local connection."""
        for direction in self._directions:
            direction.cancel()
        await asyncio.wait(self._directions)
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


async def _to_local(daemon: Connection, writer: asyncio.StreamWriter) -> None:
    # A connection that breaks needs no word of its own: what it serves ends with one.
    with suppress(*LOST, ConnectionError):
        while piece := await daemon.read(_PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
    writer.close()


async def _to_daemon(reader: asyncio.StreamReader, daemon: Connection) -> None:
    with suppress(*LOST, ConnectionError):
        while piece := await reader.read(_PIECE_BYTES):
            await daemon.write(piece)
