"""News from PostgreSQL: a connection that listens for what writers notify."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from psycopg import AsyncConnection, Error, sql

from registry_service.store.polling import INTERVAL_S

_TRY_AGAIN_S = 0.5


async def notifications(
    channel: str,
    arguments: Mapping[str, Any],  # of any type that psycopg's connect takes
) -> AsyncGenerator[None]:
    """Yield after each notification, and whenever one may have been lost.

    That is after each connect, after each break, and every few seconds at the latest.
    """
    listen = sql.SQL("LISTEN {}").format(sql.Identifier(channel))
    while True:
        try:
            async with await AsyncConnection.connect(autocommit=True, **arguments) as connection:
                await connection.execute(listen)
                yield
                while True:
                    async for _ in connection.notifies(timeout=INTERVAL_S, stop_after=1):
                        pass
                    yield
        except Error:
            yield  # whoever reads now finds out what is wrong
        await asyncio.sleep(_TRY_AGAIN_S)
