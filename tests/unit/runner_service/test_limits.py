"""No operation waits without a bound, whatever it waits for."""

import asyncio
from pathlib import Path

import pytest

from runner_service.daemon import BuildRequest
from runner_service.daemon.docker_daemon import DockerDaemon
from runner_service.limits import LimitReached, Limits, limited


@pytest.mark.parametrize(
    ("limits", "reason"),
    [(Limits(total_s=0.02), "TIMEOUT"), (Limits(silence_s=0.02), "INACTIVE")],
)
async def test_what_takes_too_long_is_cancelled(limits: Limits, reason: str) -> None:
    with pytest.raises(LimitReached) as raised:
        async with limited(limits):
            await asyncio.Event().wait()

    assert raised.value.reason == reason


async def test_output_moves_the_limit_of_silence_but_not_of_all() -> None:
    begin = asyncio.get_running_loop().time()

    with pytest.raises(LimitReached) as raised:
        async with limited(Limits(total_s=0.5, silence_s=0.1)) as heard:
            while True:
                heard()
                await asyncio.sleep(0.01)

    assert raised.value.reason == "TIMEOUT"
    assert asyncio.get_running_loop().time() - begin >= 0.5


async def test_errors_of_what_is_done_pass_unchanged() -> None:
    with pytest.raises(TimeoutError, match="of its own"):
        async with limited(Limits()):
            raise TimeoutError("of its own")


async def test_build_on_a_daemon_that_answers_nothing_ends(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM alpine:3.20\n")
    connected: list[asyncio.StreamWriter] = []
    mute = await asyncio.start_unix_server(
        lambda _reader, writer: connected.append(writer), tmp_path / "docker.sock"
    )
    daemon = DockerDaemon(f"unix://{tmp_path}/docker.sock")
    request = BuildRequest(context_directory=tmp_path)

    with pytest.raises(LimitReached, match="said nothing"):
        async with asyncio.timeout(10), limited(Limits(silence_s=0.3)):
            await daemon.build(request, lambda *_: None)

    assert connected
    await daemon.close()
    for writer in connected:
        writer.close()
    mute.close()
    await mute.wait_closed()
