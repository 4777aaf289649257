"""Many clients at once: some order of their calls explains every answer."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.registry_pb2 import Registry, RegistrySettings
from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from freshet.rpc.addresses import parse_address
from freshet.rpc.connect import Endpoint, open_aio_channel
from freshet.rpc.serve import listening
from freshet.rpc.status import read_failure
from registry_service.sealing import Sealer
from registry_service.sealing_keys import SealingKey
from registry_service.server import service_on
from registry_service.snapshot import Snapshot
from registry_service.store.sql import open_store
from tests.contract.history import Call, Explains, Witness, WitnessedStore, removals, unexplained

if TYPE_CHECKING:
    from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceAsyncStub

_CLIENTS = 64
_CALLS_OF_EACH = 25
_LIMIT_S = 8.0
_ENOUGH = 200
"""Changes that a history must have; a slow machine takes longer for them."""
_IDS = [f"r{number}" for number in range(8)]
_DOMAINS = ["ghcr.io", "quay.io"]


@dataclass(slots=True)
class Client:
    """Calls a service at random and notes what it answers."""

    stub: RegistryServiceAsyncStub
    witness: Witness
    chance: random.Random
    reads: bool
    calls: list[Call] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    """The etag that was seen last, by name."""

    async def run(self) -> None:
        """Call until there were enough calls, or time is over and there were enough changes."""
        doing = [self.create, self.update, self.update, self.delete, self.choose_default]
        doing += [self.get, self.list] if self.reads else []
        deadline = time.monotonic() + _LIMIT_S
        for _ in range(_CALLS_OF_EACH):
            if time.monotonic() < deadline or self.witness.newest <= _ENOUGH:
                await self.chance.choice(doing)()

    async def create(self) -> None:
        """Make a registry."""
        name, registry_id = self._name()
        registry = Registry(
            provider=Registry.PROVIDER_OTHER,
            domain=self.chance.choice(_DOMAINS),
            primary=self.chance.random() < 0.3,
        )
        request = messages.CreateRegistryRequest(registry_id=registry_id, registry=registry)

        async def call() -> Explains:
            made = (await self.stub.CreateRegistry(request)).registry
            self.known[name] = made.etag
            return lambda before, after: (
                name not in before.registries and _etag(after, name) == made.etag
            )

        await self._note(f"create {name}", call, name, writes=True)

    async def update(self) -> None:
        """Change a registry: its prefix, and at times its role."""
        name, _ = self._name()
        prefix, etag = f"p{self.chance.getrandbits(40)}", self._etag_or_none(name)
        wanted = Registry(name=name, etag=etag, repository_prefix=prefix, primary=True)
        paths = ["repository_prefix", *(["primary"] if self.chance.random() < 0.4 else [])]
        request = messages.UpdateRegistryRequest(
            registry=wanted, update_mask=FieldMask(paths=paths)
        )

        async def call() -> Explains:
            changed = (await self.stub.UpdateRegistry(request)).registry
            self.known[name] = changed.etag
            assert changed.repository_prefix == prefix
            return lambda before, after: (
                name in before.registries
                and etag in ("", _etag(before, name))
                and _etag(after, name) == changed.etag
            )

        await self._note(f"update {name}", call, name, etag, writes=True)

    async def delete(self) -> None:
        """Delete a registry."""
        name, _ = self._name()
        etag = self._etag_or_none(name)
        request = messages.DeleteRegistryRequest(name=name, etag=etag)

        async def call() -> Explains:
            await self.stub.DeleteRegistry(request)
            return lambda before, after: (
                name in before.registries
                and name not in after.registries
                and etag in ("", _etag(before, name))
            )

        await self._note(f"delete {name}", call, name, etag, writes=True)

    async def choose_default(self) -> None:
        """Make another registry the default."""
        name, _ = self._name()
        etag = self._etag_or_none("settings")
        wanted = RegistrySettings(default_registry=name, etag=etag)
        request = messages.UpdateRegistrySettingsRequest(registry_settings=wanted)

        async def call() -> Explains:
            settings = (await self.stub.UpdateRegistrySettings(request)).registry_settings
            self.known["settings"] = settings.etag
            assert settings.default_registry == name
            return lambda _, after: after.settings.etag == settings.etag

        await self._note(f"default {name}", call, name, etag, writes=True)

    async def get(self) -> None:
        """Read a registry."""
        name, _ = self._name()

        async def call() -> Explains:
            found = (await self.stub.GetRegistry(messages.GetRegistryRequest(name=name))).registry
            self.known[name] = found.etag
            return lambda _, after: _etag(after, name) == found.etag

        await self._note(f"get {name}", call, name)

    async def list(self) -> None:
        """Read all registries, and look that each domain has one primary at most."""

        async def call() -> Explains:
            request = messages.ListRegistriesRequest(page_size=1000)
            listed = (await self.stub.ListRegistries(request)).registries
            primaries = [registry.domain for registry in listed if registry.primary]
            assert len(primaries) == len(set(primaries))
            etags = {registry.name: registry.etag for registry in listed}
            return lambda _, after: {n: _etag(after, n) for n in after.registries} == etags

        await self._note("list", call, "")

    async def _note(
        self,
        what: str,
        call: Callable[[], Awaitable[Explains]],
        name: str,
        etag: str = "",
        *,
        writes: bool = False,
    ) -> None:
        began = time.monotonic()
        try:
            explains = await call()
        except grpc.RpcError as error:
            reason = read_failure(error).reason
            what, explains, writes = f"{what}: {reason}", _refusal(reason, name, etag), False
        self.calls.append(
            Call(what=what, began=began, ended=time.monotonic(), explains=explains, writes=writes)
        )

    def _name(self) -> tuple[str, str]:
        registry_id = self.chance.choice(_IDS)
        return f"registries/{registry_id}", registry_id

    def _etag_or_none(self, name: str) -> str:
        return self.known.get(name, "") if self.chance.random() < 0.5 else ""


def _etag(snapshot: Snapshot, name: str) -> str:
    registry = snapshot.registries.get(name)
    return registry.etag if registry else ""


def _refusal(reason: str, name: str, etag: str) -> Explains:
    match reason:
        case "REGISTRY_EXISTS":
            return lambda _, after: name in after.registries
        case "REGISTRY_NOT_FOUND" | "INVALID_REQUEST":  # a default that there is not
            return lambda _, after: name not in after.registries
        case "ETAG_MISMATCH":
            return lambda _, after: etag not in (_etag(after, name), after.settings.etag)
        case _:
            raise AssertionError(reason)


@asynccontextmanager
async def _stub(store_url: str, witness: Witness) -> AsyncIterator[RegistryServiceAsyncStub]:
    store = WitnessedStore(open_store(store_url), witness)
    with tempfile.TemporaryDirectory(prefix="fr") as short:
        address = parse_address(f"unix:{short}/s")
        async with (
            service_on(store, Sealer(lambda: [SealingKey(key=b"k" * 32)])) as service,
            listening(service, address),
            open_aio_channel(Endpoint(address=address)) as channel,
        ):
            yield RegistryServiceStub(channel)


async def _histories(store_url: str, witness: Witness, services: int) -> list[Call]:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")  # shown when the test fails
    chance = random.Random(seed)
    async with AsyncExitStack() as stack:
        stubs = [
            await stack.enter_async_context(_stub(store_url, witness)) for _ in range(services)
        ]
        clients = [
            Client(
                stubs[number % services],
                witness,
                random.Random(chance.random()),
                reads=services == 1,
            )
            for number in range(_CLIENTS)
        ]
        async with asyncio.TaskGroup() as group:
            for client in clients:
                group.create_task(client.run())
    return [call for client in clients for call in client.calls]


async def test_one_order_explains_all_answers(store_url: str) -> None:
    witness = Witness()

    calls = await _histories(store_url, witness, services=1)

    assert unexplained(calls, witness) == []
    assert _deletions(calls) == removals(witness)
    assert _roles_of(witness) == []
    assert witness.newest > _ENOUGH


async def test_one_order_explains_the_writes_of_two_services(postgresql_database: str) -> None:
    witness = Witness()

    calls = await _histories(postgresql_database, witness, services=2)

    assert unexplained(calls, witness) == []
    assert _deletions(calls) == removals(witness)
    assert _roles_of(witness) == []
    assert witness.newest > _ENOUGH


def _deletions(calls: list[Call]) -> Counter[str]:
    deleted = [call.what.split() for call in calls if call.writes]
    return Counter(name for what, name in deleted if what == "delete")


def _roles_of(witness: Witness) -> list[str]:
    """Return the revisions in which a domain has two primary registries, or the default is none."""
    faults = []
    for revision, snapshot in witness.snapshots.items():
        primaries = [each.domain for each in snapshot.registries.values() if each.primary]
        if len(primaries) > len(set(primaries)):
            faults.append(f"{revision}: two primaries")
        default = snapshot.settings.default_registry
        if default and default not in snapshot.registries:
            faults.append(f"{revision}: the default is gone")
    return faults


@pytest.mark.parametrize("early", [True, False])
def test_checker_finds_an_answer_out_of_order(early: bool) -> None:
    witness = Witness()
    for revision in range(3):
        snapshot = Snapshot()
        snapshot.revision = revision
        witness.note(snapshot, began=float(revision))

    def sees(revision: int) -> Explains:
        return lambda _, after: after.revision == revision

    newest = Call(what="newest", began=2.1, ended=2.2, explains=sees(2))
    stale = Call(what="stale", began=2.1 if early else 2.3, ended=2.4, explains=sees(1))

    faults = [fault for fault in unexplained([newest, stale], witness) if "change" not in fault]
    assert faults == ([] if early else ["stale has no place after 2"])
