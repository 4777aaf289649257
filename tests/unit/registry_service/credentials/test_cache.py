"""How short-lived credentials are kept and replaced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from registry_service.credentials import Credentials
from registry_service.credentials.cache import CredentialCache
from registry_service.errors import (
    CredentialsUnavailable,
    ProviderUnreachable,
    RegistryServiceError,
    SealingFailed,
)
from registry_service.registries import AwsOverride, HelperLogin
from tests.unit.registry_service.credentials.conftest import Clock, registry_with

REGISTRY = registry_with(HelperLogin(suffix="x"))
LIFE_S = 1000.0


@dataclass
class FakeProvider:
    """Counts how often it is asked, and answers with that number."""

    clock: Clock
    asked_count: int = 0
    life_s: float | None = LIFE_S
    failure: RegistryServiceError | None = None
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self) -> Credentials:
        self.asked_count += 1
        await self.open.wait()
        if self.failure:
            raise self.failure
        end = None if self.life_s is None else self.clock.now + timedelta(seconds=self.life_s)
        return Credentials(
            domain="d", username="u", password=str(self.asked_count), expire_time=end
        )


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A cache, and whom it asks."""

    clock: Clock
    provider: FakeProvider
    cache: CredentialCache

    async def get(self, etag: str = "1", region: str = "", *, refused: bool = False) -> str:
        registry = replace(REGISTRY, etag=etag)
        override = AwsOverride(region=region) if region else None
        issued = await self.cache.get(registry, override, self.provider.ask, refused=refused)
        return issued.password


@pytest.fixture
async def trial() -> AsyncIterator[Trial]:
    clock = Clock()
    provider = FakeProvider(clock)
    provider.open.set()
    trial = Trial(clock=clock, provider=provider, cache=CredentialCache(clock))
    yield trial
    await trial.cache.close()


def unreachable() -> CredentialsUnavailable:
    return ProviderUnreachable("mine", "nobody is there")


@pytest.mark.parametrize(("age_s", "password"), [(0, "1"), (799, "1"), (800, "2"), (5000, "2")])
async def test_credentials_are_replaced_at_four_fifths_of_their_life(
    trial: Trial, age_s: float, password: str
) -> None:
    await trial.get()
    trial.clock.forward(age_s)

    assert await trial.get() == password


async def test_many_callers_ask_once(trial: Trial) -> None:
    trial.provider.open.clear()
    callers = [asyncio.create_task(trial.get()) for _ in range(50)]
    await asyncio.sleep(0)
    trial.provider.open.set()

    assert await asyncio.gather(*callers) == ["1"] * 50
    assert trial.provider.asked_count == 1


async def test_caller_who_leaves_does_not_take_the_answer_from_others(trial: Trial) -> None:
    trial.provider.open.clear()
    leaver, other = (asyncio.create_task(trial.get()) for _ in range(2))
    await asyncio.sleep(0)
    leaver.cancel()
    trial.provider.open.set()

    assert await other == "1"


async def test_failure_is_told_to_all_and_the_provider_is_left_in_peace(trial: Trial) -> None:
    trial.provider.failure = unreachable()
    told = await asyncio.gather(*(trial.get() for _ in range(9)), return_exceptions=True)
    with pytest.raises(ProviderUnreachable):
        await trial.get()

    assert [type(each) for each in told] == [ProviderUnreachable] * 9
    assert trial.provider.asked_count == 1


async def test_pauses_after_failures_grow_to_a_minute_and_end_with_success(trial: Trial) -> None:
    trial.provider.failure = unreachable()
    times = []
    for second in range(200):
        before = trial.provider.asked_count
        with pytest.raises(ProviderUnreachable):
            await trial.get()
        if trial.provider.asked_count > before:
            times.append(second)
        trial.clock.forward(1)

    assert times == [0, 1, 3, 7, 15, 31, 63, 123, 183]
    trial.clock.forward(60)
    trial.provider.failure = None
    assert await trial.get() == "10"


async def test_living_credentials_are_used_while_the_provider_fails(trial: Trial) -> None:
    await trial.get()
    trial.provider.failure = unreachable()
    trial.clock.forward(900)

    assert await trial.get() == "1"
    trial.clock.forward(101)
    with pytest.raises(ProviderUnreachable):
        await trial.get()


async def test_fault_of_the_service_itself_is_asked_again_at_once(trial: Trial) -> None:
    trial.provider.failure = SealingFailed("no key")
    with pytest.raises(SealingFailed):
        await trial.get()
    trial.provider.failure = None

    assert await trial.get() == "2"


async def test_changed_registry_and_other_override_get_their_own(trial: Trial) -> None:
    assert await trial.get() == "1"
    assert await trial.get(region="eu-west-1") == "2"
    assert await trial.get(etag="2") == "3"
    assert await trial.get() == "1"


async def test_forgotten_registry_is_asked_for_anew(trial: Trial) -> None:
    await trial.get()

    trial.cache.forget(REGISTRY.name)

    assert await trial.get() == "2"


async def test_credentials_without_known_end_are_not_kept(trial: Trial) -> None:
    trial.provider.life_s = None

    assert [await trial.get(), await trial.get()] == ["1", "2"]


async def test_refused_credentials_are_replaced_at_most_every_thirty_seconds(trial: Trial) -> None:
    passwords = []
    for _ in range(100):
        passwords.append(await trial.get(refused=True))
        trial.clock.forward(1)

    assert passwords == [str(1 + second // 30) for second in range(100)]


async def test_refused_credentials_are_not_given_out_again_when_the_provider_fails(
    trial: Trial,
) -> None:
    await trial.get()
    trial.provider.failure = unreachable()
    trial.clock.forward(31)

    with pytest.raises(ProviderUnreachable):
        await trial.get(refused=True)


async def test_only_so_many_are_kept(trial: Trial) -> None:
    for number in range(1001):
        await trial.get(etag=str(number))
    asked = trial.provider.asked_count

    await trial.get(etag="1000")
    assert trial.provider.asked_count == asked
    await trial.get(etag="0")
    assert trial.provider.asked_count == asked + 1


async def test_closing_ends_what_is_asked(trial: Trial) -> None:
    trial.provider.open.clear()
    caller = asyncio.create_task(trial.get())
    await asyncio.sleep(0)

    await trial.cache.close()

    with pytest.raises(asyncio.CancelledError):
        await caller
