"""The exchange of files, without a daemon."""

import asyncio
import stat
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runner_service.daemon import ContextUnreadable
from runner_service.daemon.buildkit.context import ContextDirectory
from runner_service.daemon.buildkit.filesync import (
    ContextTree,
    DockerfileTree,
    EmptyTree,
    Tree,
    send,
)
from runner_service.daemon.buildkit.ignore import parse
from runner_service.daemon.buildkit.recipe import Recipe
from runner_service.daemon.buildkit.wire_pb2 import Packet, Stat


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def _recipe(text: bytes = b"FROM a", rules: str = "") -> Recipe:
    return Recipe(name="Dockerfile", text=text, rules=parse(rules))


def _tree(root: Path, rules: str = "") -> ContextTree:
    return ContextTree(ContextDirectory(root), _recipe(rules=rules))


async def _asks(*numbers: int) -> AsyncIterator[Packet]:
    for number in numbers:
        yield Packet(type=Packet.TYPE_REQ, id=number)
    yield Packet(type=Packet.TYPE_FIN)


async def _sent(tree: Tree, threads: ThreadPoolExecutor, *numbers: int) -> list[Packet]:
    return [packet async for packet in send(tree, _asks(*numbers), threads)]


def _contents(packets: list[Packet]) -> dict[int, bytes]:
    data = [packet for packet in packets if packet.type == Packet.TYPE_DATA]
    numbers = {packet.id for packet in data}
    return {
        number: b"".join(packet.data for packet in data if packet.id == number)
        for number in numbers
    }


async def test_entries_are_told_then_an_end_then_what_was_asked_for(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    tmp_path.joinpath("a").mkdir()
    tmp_path.joinpath("a/one").write_text("1")
    tmp_path.joinpath("two").write_text("22")

    packets = await _sent(_tree(tmp_path), threads, 1, 2)

    stats = [packet for packet in packets if packet.type == Packet.TYPE_STAT]
    assert [packet.stat.path for packet in stats] == [b"a", b"a/one", b"two", b""]
    assert not stats[-1].HasField("stat")
    assert _contents(packets) == {1: b"1", 2: b"22"}
    assert [packet.id for packet in packets if packet.type == Packet.TYPE_DATA and not packet.data]
    assert packets[-1].type == Packet.TYPE_FIN


async def test_what_is_not_asked_for_is_not_sent(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    tmp_path.joinpath("file").write_text("known already")

    packets = await _sent(_tree(tmp_path), threads)

    assert _contents(packets) == {}
    assert packets[-1].type == Packet.TYPE_FIN


async def test_empty_file_is_ended_too(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    tmp_path.joinpath("empty").touch()

    packets = await _sent(_tree(tmp_path), threads, 0)

    assert _contents(packets) == {0: b""}


async def test_many_and_big_files_come_whole(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    for number in range(600):
        tmp_path.joinpath(f"{number:03}").write_bytes(b"x" * 10_000)
    tmp_path.joinpath("999").write_bytes(b"y" * 5_000_000)

    packets = await _sent(_tree(tmp_path), threads, *range(601))

    contents = _contents(packets)
    assert len(contents) == 601
    assert contents[600] == b"y" * 5_000_000
    assert max(len(packet.data) for packet in packets) <= 1024 * 1024


async def test_file_that_grew_is_sent_as_it_is_now(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    tree = _tree(tmp_path)
    file = tmp_path / "log"
    file.write_text("short")
    told = asyncio.Event()

    async def asks() -> AsyncIterator[Packet]:
        await told.wait()
        yield Packet(type=Packet.TYPE_REQ, id=0)
        yield Packet(type=Packet.TYPE_FIN)

    packets = []
    async for packet in send(tree, asks(), threads):
        packets.append(packet)
        if packet.type == Packet.TYPE_STAT and not packet.HasField("stat"):
            file.write_text("much longer")
            told.set()

    assert _contents(packets) == {0: b"much longer"}


async def test_file_that_vanished_ends_it_all(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    tree = _tree(tmp_path)
    tmp_path.joinpath("gone").write_text("now here")

    with pytest.raises(ContextUnreadable, match="gone"):
        async for packet in send(tree, _asks(0), threads):
            if packet.type == Packet.TYPE_STAT and packet.HasField("stat"):
                tmp_path.joinpath("gone").unlink()


async def test_daemon_that_hangs_up_ends_it(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    async def nothing() -> AsyncIterator[Packet]:
        none: tuple[Packet, ...] = ()
        for packet in none:
            yield packet

    packets = [packet async for packet in send(_tree(tmp_path), nothing(), threads)]

    assert packets[-1].type == Packet.TYPE_FIN


def test_modes_are_those_of_go(tmp_path: Path) -> None:
    tmp_path.joinpath("folder").mkdir(mode=0o755)
    tmp_path.joinpath("program").touch()
    tmp_path.joinpath("program").chmod(0o4755)
    tmp_path.joinpath("link").symlink_to("program")
    tmp_path.joinpath("folder").chmod(0o1777)

    stats = {entry.path: entry for entry in _tree(tmp_path).stats()}

    assert stats[b"folder"].mode == 1 << 31 | 1 << 20 | 0o777
    assert stats[b"program"].mode == 1 << 23 | 0o755
    assert stats[b"link"].mode & 1 << 27
    assert stats[b"link"].linkname == b"program"


def test_ignored_files_are_not_told(tmp_path: Path) -> None:
    tmp_path.joinpath("kept").touch()
    tmp_path.joinpath("left").touch()

    assert [entry.path for entry in _tree(tmp_path, "left").stats()] == [b"kept"]


def test_other_dockerfile_of_the_same_size_has_another_time() -> None:
    def only(text: bytes) -> Stat:
        (entry,) = DockerfileTree(_recipe(text)).stats()
        return entry

    one, same, other = only(b"FROM a"), only(b"FROM a"), only(b"FROM b")

    assert one == same
    assert one.size == other.size
    assert one.mod_time != other.mod_time
    assert stat.S_IMODE(one.mode) == 0o644


async def test_dockerfile_is_sent_from_memory(threads: ThreadPoolExecutor) -> None:
    packets = await _sent(DockerfileTree(_recipe(b"FROM a")), threads, 0)

    assert _contents(packets) == {0: b"FROM a"}


async def test_empty_tree_tells_only_its_end(threads: ThreadPoolExecutor) -> None:
    packets = await _sent(EmptyTree(), threads)

    assert [packet.type for packet in packets] == [Packet.TYPE_STAT, Packet.TYPE_FIN]
