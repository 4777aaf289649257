"""Who waits for whom."""

import asyncio
from contextlib import suppress

from runner_service.transfers import Leases


class Holder:
    """Somebody who takes a lease and keeps it until told."""

    def __init__(self, leases: Leases, holder: object, key: object = "a") -> None:
        self.held, self.enough = asyncio.Event(), asyncio.Event()
        self.waited = False
        self.task = asyncio.create_task(self._hold(leases, key, holder))

    async def _hold(self, leases: Leases, key: object, holder: object) -> None:
        def tell() -> None:
            self.waited = True

        async with leases.hold(key, holder, tell):
            self.held.set()
            await self.enough.wait()

    async def end(self) -> None:
        self.enough.set()
        await self.task


async def settled(*holders: Holder) -> list[bool]:
    for _ in range(5):
        await asyncio.sleep(0)
    return [holder.held.is_set() for holder in holders]


async def test_equal_holders_share_and_others_wait() -> None:
    leases = Leases()
    ann, ann_too, bob = (Holder(leases, name) for name in ("ann", "ann", "bob"))

    assert await settled(ann, ann_too, bob) == [True, True, False]
    assert (ann.waited, bob.waited) == (False, True)
    await ann.end()
    assert await settled(bob) == [False]
    await ann_too.end()
    assert await settled(bob) == [True]
    await bob.end()


async def test_who_waits_long_is_told_again() -> None:
    """An operation that says nothing is taken for dead."""
    leases, told = Leases(tell_every_s=0.001), asyncio.Semaphore(0)
    ann = Holder(leases, "ann")
    await settled(ann)

    async def wait() -> None:
        async with leases.hold("a", "bob", told.release):
            pass

    bob = asyncio.create_task(wait())
    for _ in range(3):
        await asyncio.wait_for(told.acquire(), 20)
    await ann.end()
    await bob


async def test_keys_have_nothing_to_do_with_one_another() -> None:
    leases = Leases()
    one, other = Holder(leases, "ann", "a"), Holder(leases, "bob", "b")

    assert await settled(one, other) == [True, True]
    await one.end()
    await other.end()


async def test_nobody_overtakes_who_waits() -> None:
    leases = Leases()
    ann, bob, late = (Holder(leases, name) for name in ("ann", "bob", "ann"))

    assert await settled(ann, bob, late) == [True, False, False]
    await ann.end()
    assert await settled(bob, late) == [True, False]
    await bob.end()
    assert await settled(late) == [True]
    await late.end()


async def test_who_gives_up_waiting_is_not_waited_for() -> None:
    leases = Leases()
    ann, bob, ann_too = (Holder(leases, name) for name in ("ann", "bob", "ann"))
    await settled(ann, bob, ann_too)

    bob.task.cancel()

    assert await settled(ann_too) == [True]
    await ann.end()
    await ann_too.end()


async def test_who_gives_up_at_the_moment_of_its_turn_leaves_nothing_held() -> None:
    leases = Leases()
    ann, bob = Holder(leases, "ann"), Holder(leases, "bob")
    await settled(ann, bob)

    ann.enough.set()
    await ann.task
    bob.task.cancel()
    with suppress(asyncio.CancelledError):
        await bob.task

    late = Holder(leases, "late")
    assert await settled(late) == [True]
    await late.end()
