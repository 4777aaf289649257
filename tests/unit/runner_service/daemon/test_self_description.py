"""For how long it is believed what a daemon told of itself."""

from dataclasses import replace

import pytest

from runner_service.daemon.port import BuilderKind, DaemonDescription, ImageStore
from runner_service.daemon.self_description import Ping, SelfDescription

_PING = {"server": "Docker/26.1.5 (linux)", "date": "Sat, 28 Nov 2026 09:00:00 GMT"}
_LATER = {**_PING, "date": "Sat, 28 Nov 2026 09:00:01 GMT"}
_OTHER = {**_PING, "server": "Docker/27.0.0 (linux)"}
_DESCRIPTION = DaemonDescription(
    engine_version="26.1.5",
    api_version="1.45",
    image_store=ImageStore.GRAPHDRIVER,
    builder=BuilderKind.BUILDKIT,
    operating_system="linux",
    architecture="amd64",
)


class _Daemon:
    """Describes itself anew each time."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False
        self.now_s = 100.0
        self.description = SelfDescription(self._describe, lambda: self.now_s)

    async def _describe(self, ping: Ping) -> DaemonDescription:
        if self.away:
            raise ConnectionError
        self.asked += 1
        return replace(_DESCRIPTION, engine_version=str(self.asked))


async def test_daemon_is_asked_once_for_some_seconds() -> None:
    daemon = _Daemon()

    first = await daemon.description.current(_PING)
    daemon.now_s += 4.9
    again = await daemon.description.current(_LATER)

    assert (first, daemon.asked) == (again, 1)


async def test_daemon_is_asked_anew_after_some_seconds() -> None:
    daemon = _Daemon()
    await daemon.description.current(_PING)

    daemon.now_s += 5

    assert (await daemon.description.current(_PING)).engine_version == "2"


async def test_other_answer_to_a_ping_is_another_daemon() -> None:
    daemon = _Daemon()
    await daemon.description.current(_PING)

    assert (await daemon.description.current(_OTHER)).engine_version == "2"


async def test_nothing_is_believed_of_a_daemon_that_was_away() -> None:
    daemon = _Daemon()
    await daemon.description.current(_PING)

    daemon.description.forget()
    daemon.away = True
    with pytest.raises(ConnectionError):
        await daemon.description.current(_PING)
    daemon.away = False

    assert (await daemon.description.current(_PING)).engine_version == "2"
