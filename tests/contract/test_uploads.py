"""What clients without a disk in common with the runner may rely on."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import grpc
import pytest

from freshet.plan.v1.plan_pb2 import Plan
from freshet.rpc.status import RpcFailure, read_failure
from freshet.runner.v1.run_pb2 import Run, Workspace
from freshet.runner.v1.runner_service_pb2 import (
    CreateRunRequest,
    UploadArchiveRequest,
    UploadArchiveResponse,
)
from runner_service.archives import ArchiveLimits
from runner_service.daemon.fake_daemon import FakeDaemon
from tests.contract.protected import free_address
from tests.contract.runner import Harness, build_step, serving
from tests.unit.runner_service.archive import archive_of, digest_of, entry

DOCKERFILE = b"FROM alpine:3.20\nCOPY word /word\nRUN cat /word\n"
ARCHIVE = archive_of([entry("Dockerfile", DOCKERFILE), entry("word", b"hello\n")], zipped=True)
BUILD = Plan(steps=[build_step()])


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    limits = ArchiveLimits(archive_bytes=1_000_000, unpacked_bytes=1_000_000)
    async with serving(
        tmp_path, FakeDaemon(), archive_limits=limits, patience_s=0.3, listen=free_address().target
    ) as harness:
        yield harness


def messages(
    content: bytes, *chunks: bytes, offset: int = 0, total: int = 0
) -> Iterator[UploadArchiveRequest]:
    first, *rest = chunks or (content,)
    yield UploadArchiveRequest(
        digest=digest_of(content),
        total_size_bytes=total or len(content),
        offset=offset,
        data=first,
    )
    yield from (UploadArchiveRequest(data=chunk) for chunk in rest)


async def upload(
    harness: Harness, content: bytes, *chunks: bytes, offset: int = 0, total: int = 0
) -> UploadArchiveResponse:
    return await harness.stub.UploadArchive(messages(content, *chunks, offset=offset, total=total))


async def refused(call: "asyncio.Future[object] | object") -> RpcFailure:
    with pytest.raises(grpc.RpcError) as raised:
        await call  # type: ignore[misc]  # coroutines and calls alike
    return read_failure(raised.value)


async def test_run_works_on_what_was_uploaded(harness: Harness) -> None:
    uploaded = await upload(harness, ARCHIVE, ARCHIVE[:100], ARCHIVE[100:])
    workspace = Workspace(archive=uploaded.archive, directory_name="shop")

    created = await harness.stub.CreateRun(CreateRunRequest(plan=BUILD, workspace=workspace))
    events = await harness.events(created.run.name)

    output = b"".join(event.log_chunk.data for event in events)
    assert events[-1].run_state_change.state == Run.STATE_SUCCEEDED
    assert b"hello" in output
    assert b"from /codefresh/volume/shop" in output


async def test_upload_goes_on_where_it_broke(harness: Harness) -> None:
    broken = await upload(harness, ARCHIVE, ARCHIVE[:70])
    asked = await upload(harness, ARCHIVE, b"")

    whole = await upload(harness, ARCHIVE, ARCHIVE[70:], offset=asked.size_bytes)

    assert (broken.archive, broken.size_bytes, asked.size_bytes) == ("", 70, 70)
    assert whole.archive
    assert whole.size_bytes == len(ARCHIVE)


async def test_same_archive_is_not_sent_again(harness: Harness) -> None:
    first = await upload(harness, ARCHIVE)

    asked = await upload(harness, ARCHIVE, b"")

    assert asked == first


async def test_data_that_does_not_go_on_is_refused_with_what_there_is(harness: Harness) -> None:
    await upload(harness, ARCHIVE, ARCHIVE[:70])

    failure = await refused(upload(harness, ARCHIVE, ARCHIVE[50:], offset=50))

    assert (failure.code, failure.reason) == (grpc.StatusCode.ABORTED, "UPLOAD_CONFLICT")
    assert failure.metadata == {"size_bytes": "70"}


async def test_one_call_at_a_time_uploads_an_archive(harness: Harness) -> None:
    reached, released = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[UploadArchiveRequest]:
        for message in messages(ARCHIVE, ARCHIVE[:70]):
            yield message
        reached.set()
        await released.wait()
        yield UploadArchiveRequest(data=ARCHIVE[70:])

    slow = asyncio.ensure_future(harness.stub.UploadArchive(slowly()))
    await reached.wait()
    failure = None
    while failure is None:  # the service may not have heard of the other one yet
        try:
            await upload(harness, ARCHIVE, b"")
        except grpc.RpcError as error:
            failure = read_failure(error)
    released.set()

    assert failure.reason == "UPLOAD_CONFLICT"
    assert (await slow).archive


async def test_client_that_falls_silent_is_let_go_and_may_go_on(harness: Harness) -> None:
    async def silent() -> AsyncIterator[UploadArchiveRequest]:
        for message in messages(ARCHIVE, ARCHIVE[:70]):
            yield message
        await asyncio.Event().wait()

    failure = await refused(harness.stub.UploadArchive(silent()))
    asked = await upload(harness, ARCHIVE, b"")

    assert failure.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert failure.reason == "UPLOAD_STALLED"
    assert asked.size_bytes == 70


BOMB = archive_of([entry("zeros", b"\0" * 2_000_000)], zipped=True)
OUTSIDE = archive_of([entry("../a", b"x")])


@pytest.mark.parametrize(
    ("content", "chunk", "total", "reason"),
    [
        (BOMB, BOMB, 0, "ARCHIVE_TOO_LARGE"),
        (OUTSIDE, OUTSIDE, 0, "ARCHIVE_PATH"),
        (b"no archive", b"no archive", 0, "ARCHIVE_MALFORMED"),
        (b"what was said", b"what was sent", 0, "ARCHIVE_DIGEST"),
        (b"short", b"longer", 0, "ARCHIVE_DIGEST"),
        (b"large", b"large", 2_000_000, "ARCHIVE_TOO_LARGE"),
    ],
)
async def test_archive_that_is_not_what_it_should_be_is_refused(
    harness: Harness, content: bytes, chunk: bytes, total: int, reason: str
) -> None:
    failure = await refused(upload(harness, content, chunk, total=total))

    assert (failure.code, failure.reason) == (grpc.StatusCode.INVALID_ARGUMENT, reason)
    assert (await upload(harness, ARCHIVE)).archive  # nothing is left in the way


async def test_call_without_a_message_is_refused(harness: Harness) -> None:
    failure = await refused(harness.stub.UploadArchive(iter(())))

    assert failure.reason == "ARCHIVE_DIGEST"


async def test_local_directory_over_tcp_is_refused_and_the_upload_is_named(
    harness: Harness,
) -> None:
    failure = await refused(harness.create(BUILD))

    ((field, text),) = failure.violations
    assert field == "workspace.local_directory"
    assert "Unix socket" in text
    assert "UploadArchive" in text


@pytest.mark.parametrize("name", ["archives/" + "0" * 64, "archives/../../etc", "x", ""])
async def test_archive_that_is_not_there_is_refused(harness: Harness, name: str) -> None:
    request = CreateRunRequest(plan=BUILD, workspace=Workspace(archive=name))

    failure = await refused(harness.stub.CreateRun(request))

    assert [field for field, _ in failure.violations] == ["workspace.archive"]


@pytest.mark.parametrize("name", ["..", ".", "a/b", "a\n", "x" * 300])
async def test_name_of_the_main_directory_is_one_segment(harness: Harness, name: str) -> None:
    archive = (await upload(harness, ARCHIVE)).archive
    workspace = Workspace(archive=archive, directory_name=name)

    failure = await refused(
        harness.stub.CreateRun(CreateRunRequest(plan=BUILD, workspace=workspace))
    )

    assert [field for field, _ in failure.violations] == ["workspace.directory_name"]


async def test_local_directory_out_of_the_allowed_roots_is_refused(tmp_path: Path) -> None:
    (tmp_path / "allowed").mkdir()
    (tmp_path / "allowed" / "out").symlink_to(tmp_path / "app")
    async with serving(tmp_path, FakeDaemon(), roots=(tmp_path / "allowed",)) as harness:
        (harness.directory / "Dockerfile").write_bytes(b"FROM alpine:3.20\n")
        through_link = Workspace(local_directory=str(tmp_path / "allowed" / "out"))

        failures = [
            await refused(harness.create(BUILD)),
            await refused(
                harness.stub.CreateRun(CreateRunRequest(plan=BUILD, workspace=through_link))
            ),
        ]

    assert all("allows workspaces" in failure.violations[0][1] for failure in failures)
