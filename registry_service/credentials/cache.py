"""Keeps short-lived credentials in memory and replaces them before they end.

Many callers at once wait for one question to the provider. After a failure the provider is left
in peace for a while; what was issued before is used for as long as it lives.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from registry_service.credentials import Credentials
from registry_service.errors import CredentialsUnavailable, RegistryServiceError
from registry_service.registries import AwsOverride, Registry

_REFRESH_AT = 0.8
"""Share of the life after which credentials are replaced."""
_YOUNGEST_REFUSED = timedelta(seconds=30)
"""Younger ones are not replaced even when a registry refused them."""
_LONGEST_PAUSE_S = 60.0
_MOST_SLOTS = 1000
_NEVER = datetime.min.replace(tzinfo=UTC)

Ask = Callable[[], Awaitable[Credentials]]


class _Key(NamedTuple):
    name: str
    etag: str
    override: AwsOverride | None


@dataclass(slots=True)
class _Slot:
    """What is known of the credentials of one registry, as it is now."""

    held: Credentials | None = None
    issue_time: datetime = _NEVER
    asking: asyncio.Task[Credentials | RegistryServiceError] | None = None
    failure: CredentialsUnavailable | None = field(default=None, repr=False)
    failure_count: int = 0
    retry_time: datetime = _NEVER

    def living(self, now: datetime) -> Credentials | None:
        """Return what is held when it still logs in."""
        held = self.held
        return held if held and held.expire_time and now < held.expire_time else None

    def fresh(self, now: datetime, *, refused: bool) -> Credentials | None:
        """Return what is held when nobody need be asked yet."""
        held = self.living(now)
        if held is None or held.expire_time is None:
            return None
        if refused and now - self.issue_time >= _YOUNGEST_REFUSED:
            return None
        life = held.expire_time - self.issue_time
        return held if refused or now < self.issue_time + _REFRESH_AT * life else None


class CredentialCache:
    """Credentials by registry, etag and override. Belongs to one event loop."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Tell the time with `now`."""
        self._now = now
        self._slots: OrderedDict[_Key, _Slot] = OrderedDict()

    async def get(
        self, registry: Registry, override: AwsOverride | None, ask: Ask, *, refused: bool
    ) -> Credentials:
        """Return credentials of `registry`: what is kept, else what `ask` brings.

        Args:
            registry: As it is now; what was kept for another etag is not used.
            override: Part of what tells credentials apart.
            ask: Asks the provider.
            refused: Whether the registry did not take what was returned last.

        Raises:
            RegistryServiceError: `ask` raised it, now or a little while ago.
        """
        slot, now = self._slot(_Key(registry.name, registry.etag, override)), self._now()
        if fresh := slot.fresh(now, refused=refused):
            return fresh
        answer = await self._answer(slot, ask, now)
        if isinstance(answer, Credentials):
            return answer
        if not refused and (living := slot.living(self._now())):
            return living
        raise answer.with_traceback(None)  # many callers raise the same one

    def forget(self, name: str) -> None:
        """Drop what is kept for a registry that was changed or deleted."""
        for key in [key for key in self._slots if key.name == name]:
            del self._slots[key]

    async def close(self) -> None:
        """Stop asking."""
        tasks = [slot.asking for slot in self._slots.values() if slot.asking]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _slot(self, key: _Key) -> _Slot:
        slot = self._slots.setdefault(key, _Slot())
        self._slots.move_to_end(key)
        if len(self._slots) > _MOST_SLOTS:
            self._slots.popitem(last=False)
        return slot

    async def _answer(
        self, slot: _Slot, ask: Ask, now: datetime
    ) -> Credentials | RegistryServiceError:
        if slot.asking is None:
            if slot.failure and now < slot.retry_time:
                return slot.failure
            slot.asking = asyncio.create_task(self._ask(slot, ask))
        # A caller who leaves must not take the answer from the others.
        return await asyncio.shield(slot.asking)

    async def _ask(self, slot: _Slot, ask: Ask) -> Credentials | RegistryServiceError:
        begin = self._now()
        try:
            credentials = await ask()
        except CredentialsUnavailable as error:
            pause_s = min(2.0**slot.failure_count, _LONGEST_PAUSE_S)
            slot.failure, slot.failure_count = error, slot.failure_count + 1
            slot.retry_time = self._now() + timedelta(seconds=pause_s)
            return error
        except RegistryServiceError as error:  # of the service itself: no provider to spare
            return error
        finally:
            slot.asking = None
        slot.failure, slot.failure_count = None, 0
        slot.held, slot.issue_time = credentials, begin
        return credentials
