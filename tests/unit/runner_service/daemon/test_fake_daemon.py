"""What tests can ask of the fake; that it is a `Daemon` is shown by the contract tests."""

import asyncio
from pathlib import Path

import pytest

from runner_service.daemon import (
    BuildRequest,
    Credentials,
    DaemonUnavailable,
    FailureReason,
    InlineDockerfile,
    OutputStream,
    PushFailed,
)
from runner_service.daemon.fake_daemon import FakeDaemon, FakeRegistry

_REFERENCE = "registry.test/app:1"
_REFUSAL = PushFailed(_REFERENCE, "toomanyrequests: slow down", FailureReason.RATE_LIMITED)


def _silent(stream: OutputStream, data: bytes) -> None:
    pass


def _daemon() -> FakeDaemon:
    return FakeDaemon(FakeRegistry(domain="registry.test"), images=["alpine:3.20", _REFERENCE])


async def test_next_push_fails_as_told_and_the_one_after_works() -> None:
    daemon = _daemon()
    daemon.fail_next("push", _REFUSAL)

    with pytest.raises(PushFailed, match="slow down"):
        await daemon.push(_REFERENCE, None, _silent)
    pushed = await daemon.push(_REFERENCE, None, _silent)

    assert pushed.reference == _REFERENCE
    assert daemon.pushes == [(_REFERENCE, None), (_REFERENCE, None)]
    assert _REFERENCE in daemon.registries["registry.test"].images


async def test_held_call_waits_until_it_is_released() -> None:
    daemon = _daemon()
    hold = daemon.hold_next("push")
    push = asyncio.create_task(daemon.push(_REFERENCE, None, _silent))
    await asyncio.wait_for(hold.reached.wait(), 5)
    assert not push.done()

    hold.released.set()

    assert (await asyncio.wait_for(push, 5)).reference == _REFERENCE


async def test_lost_daemon_fails_every_call() -> None:
    daemon = _daemon()
    daemon.failure = DaemonUnavailable("fake", "gone", "start it")

    for call in (daemon.describe(), daemon.find_image("alpine:3.20")):
        with pytest.raises(DaemonUnavailable):
            await call


async def test_build_is_remembered(tmp_path: Path) -> None:
    daemon = _daemon()
    request = BuildRequest(
        context_directory=tmp_path,
        dockerfile=InlineDockerfile(text="FROM alpine:3.20\nRUN make all\n"),
        references=("app:2",),
        build_arguments={"A": "b"},
    )

    built = await daemon.build(request, _silent)

    assert daemon.builds == [request]
    assert daemon.images["app:2"].image_id == built.image_id


async def test_stranger_cannot_push() -> None:
    account = Credentials(username="ann", password="right")
    daemon = FakeDaemon(FakeRegistry(domain="registry.test", account=account), images=[_REFERENCE])

    with pytest.raises(PushFailed):
        await daemon.push(_REFERENCE, Credentials(username="ann", password="wrong"), _silent)
