"""Several services on one PostgreSQL: they see each other's writes, and outlive its absence."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from typing import TypeAlias, cast

import grpc
import psycopg
import pytest
from google.rpc import error_details_pb2, status_pb2

from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.registry_pb2 import Registry
from freshet.rpc.status import read_failure
from registry_service.server import WRITES
from tests.contract.registry import ghcr
from tests.engine.postgresql import PostgresServer
from tests.integration.registry_process import RegistryProcess, eventually, registry_process

_SERVICE = "freshet.registry.v1.RegistryService"
_SEEN_WITHIN_S = 1.0
_BACK_WITHIN_S = 5.0
Pair: TypeAlias = tuple[RegistryProcess, RegistryProcess]


@pytest.fixture
async def pair(postgresql_server: PostgresServer) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(registry_process(postgresql_server.url()))
        yield one, await stack.enter_async_context(registry_process(postgresql_server.url()))


async def create(process: RegistryProcess, registry_id: str) -> Registry:
    request = messages.CreateRegistryRequest(registry_id=registry_id, registry=ghcr())
    return (await process.stub.CreateRegistry(request)).registry


async def found(process: RegistryProcess, registry_id: str) -> Registry | None:
    request = messages.GetRegistryRequest(name=f"registries/{registry_id}")
    try:
        return (await process.stub.GetRegistry(request)).registry
    except grpc.RpcError as error:
        assert read_failure(error).reason == "REGISTRY_NOT_FOUND"
        return None


async def shows(process: RegistryProcess, registry_id: str, expected: Registry | None) -> None:
    async def check() -> bool:
        return await found(process, registry_id) == expected

    await eventually(check, within_s=_SEEN_WITHIN_S)


async def test_writes_of_one_are_seen_by_the_other(pair: Pair) -> None:
    one, other = pair

    created = await create(one, "mine")
    await shows(other, "mine", created)
    created.repository_prefix = "acme"
    changed = await other.stub.UpdateRegistry(messages.UpdateRegistryRequest(registry=created))
    await shows(one, "mine", changed.registry)
    await one.stub.DeleteRegistry(messages.DeleteRegistryRequest(name=created.name))
    await shows(other, "mine", None)


async def test_write_decides_on_what_another_wrote(pair: Pair) -> None:
    one, other = pair

    outcomes = [await create(one, "mine"), await create(other, "second")]
    with pytest.raises(grpc.RpcError) as raised:
        await create(other, "mine")

    assert read_failure(raised.value).reason == "REGISTRY_EXISTS"
    assert [registry.primary for registry in outcomes] == [True, False]


async def test_lost_notifications_lose_nothing(
    pair: Pair, postgresql_server: PostgresServer
) -> None:
    one, other = pair
    end_listeners = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
    )

    with psycopg.connect(postgresql_server.url(), autocommit=True) as connection:
        assert connection.execute(end_listeners).fetchone() == (2,)
    created = await create(one, "mine")

    await shows(other, "mine", created)


@pytest.mark.parametrize("crashes", [False, True], ids=["stopped", "killed"])
async def test_database_goes_away_and_comes_back(
    pair: Pair, postgresql_server: PostgresServer, crashes: bool
) -> None:
    one, other = pair
    before = await create(one, "mine")
    await shows(other, "mine", before)

    if crashes:
        postgresql_server.kill()
    else:
        postgresql_server.stop()

    for process in pair:
        await refuses_writes(process)
        assert await found(process, "mine") == before
        await turns(process, "NOT_SERVING")
        assert await process.health(_SERVICE) == "SERVING"
    postgresql_server.start()
    for process in pair:
        await turns(process, "SERVING")
    await one.stub.DeleteRegistry(messages.DeleteRegistryRequest(name=before.name))
    await shows(other, "mine", None)
    assert (await create(other, "second")).primary
    assert "reads go on from memory" in one.log.read_text()


async def refuses_writes(process: RegistryProcess) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        await create(process, "late")
    failure = read_failure(raised.value)
    assert (failure.code, failure.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    assert _advises_to_retry(raised.value)


def _advises_to_retry(error: grpc.RpcError) -> bool:
    trailing = dict(cast("Iterable[tuple[str, bytes]]", error.trailing_metadata() or ()))
    status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
    return any(each.Is(error_details_pb2.RetryInfo.DESCRIPTOR) for each in status.details)


async def turns(process: RegistryProcess, state: str) -> None:
    async def check() -> bool:
        return await process.health(WRITES) == state

    await eventually(check, within_s=_BACK_WITHIN_S)
