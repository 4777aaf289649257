"""Archives are unpacked as they are, or refused; nothing is written outside of their directory."""

import os
import stat
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_service.errors import ArchiveRefused
from runner_service.unpack import UnpackLimits, unpack
from tests.unit.runner_service.archive import Entry, archive_of, entry

LIMITS = UnpackLimits(entry_count=100, size_bytes=4 * 1024 * 1024)
DIR, LINK, HARD = tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE


def unpacked(tmp_path: Path, content: bytes, limits: UnpackLimits = LIMITS) -> Path:
    archive = tmp_path / "archive.part"
    archive.write_bytes(content)
    unpack(archive, tmp_path / "out", limits)
    return tmp_path / "out"


@pytest.mark.parametrize("zipped", [False, True])
def test_files_directories_and_links_are_unpacked(tmp_path: Path, zipped: bool) -> None:
    script, content = entry("bin/run", b"#!/bin/sh\n")
    script.mode, script.mtime, script.uid = 0o4755, 1_700_000_000.5, 12345
    entries = [
        (script, content),
        entry("./empty", kind=DIR),
        entry("sub/link", kind=LINK, link="../bin/run"),
        entry("same", kind=HARD, link="bin/run"),
        entry("dangling", kind=LINK, link="absent"),
    ]

    out = unpacked(tmp_path, archive_of(entries, zipped=zipped))

    facts = (out / "bin/run").stat()
    assert (out / "bin/run").read_bytes() == content == (out / "same").read_bytes()
    assert stat.S_IMODE(facts.st_mode) == 0o755
    assert facts.st_mtime == 1_700_000_000.5
    assert facts.st_uid == os.getuid()
    assert (out / "sub/link").readlink() == Path("../bin/run")
    assert (out / "empty").is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive.part", "out"]


def test_later_entry_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    entries = [
        entry("a", b"old"), entry("b", kind=HARD, link="a"), entry("a", b"new"),
        entry("c", kind=LINK, link="a"), entry("c", b"file"),
    ]  # fmt: skip

    out = unpacked(tmp_path, archive_of(entries))

    assert [(out / name).read_bytes() for name in "abc"] == [b"new", b"old", b"file"]
    assert not (out / "c").is_symlink()


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([entry("../out-of-it", b"x")], "ARCHIVE_PATH"),
        ([entry("a/../../x", b"x")], "ARCHIVE_PATH"),
        ([entry("/etc/passwd", b"x")], "ARCHIVE_PATH"),
        ([entry("a/" * 300 + "x", b"x")], "ARCHIVE_PATH"),
        ([entry("x" * 300, b"x")], "ARCHIVE_PATH"),
        ([entry(".", b"x")], "ARCHIVE_PATH"),
        ([entry("a", b"x"), entry("a/b", b"x")], "ARCHIVE_PATH"),
        ([entry("a/b", b"x"), entry("a", b"x")], "ARCHIVE_PATH"),
        ([entry("a", kind=LINK, link="/etc")], "ARCHIVE_LINK"),
        ([entry("a", kind=LINK, link="..")], "ARCHIVE_LINK"),
        ([entry("a", kind=LINK, link="b/../../x")], "ARCHIVE_LINK"),
        ([entry("a", kind=LINK, link="")], "ARCHIVE_LINK"),
        ([entry("a", kind=LINK, link="b"), entry("a/x", b"x")], "ARCHIVE_LINK"),
        # Each is harmless alone: `up` is the root, and `out` looks like `p/q`.
        ([entry("p/q/f", b"x"), entry("p/up", kind=LINK, link=".."),
          entry("p/out", kind=LINK, link="up/../../p/q")], "ARCHIVE_LINK"),
        ([entry("a", kind=HARD, link="/etc/passwd")], "ARCHIVE_PATH"),
        ([entry("a", kind=HARD, link="../archive.part")], "ARCHIVE_PATH"),
        ([entry("a", kind=HARD, link="absent")], "ARCHIVE_LINK"),
        ([entry("l", kind=LINK, link="f"), entry("a", kind=HARD, link="l")], "ARCHIVE_LINK"),
        ([entry("null", kind=tarfile.CHRTYPE)], "ARCHIVE_ENTRY"),
        ([entry("disk", kind=tarfile.BLKTYPE)], "ARCHIVE_ENTRY"),
        ([entry("pipe", kind=tarfile.FIFOTYPE)], "ARCHIVE_ENTRY"),
        ([entry(f"f{index}") for index in range(101)], "ARCHIVE_TOO_LARGE"),
        ([entry("big", b"\0" * 5_000_000)], "ARCHIVE_TOO_LARGE"),
        ([entry(f"f{index}", b"\0" * 1_000_000) for index in range(5)], "ARCHIVE_TOO_LARGE"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("zipped", [False, True])
def test_what_leads_out_or_is_too_much_is_refused(
    tmp_path: Path, entries: Iterable[Entry], reason: str, zipped: bool
) -> None:
    with pytest.raises(ArchiveRefused) as refused:
        unpacked(tmp_path, archive_of(entries, zipped=zipped))

    assert refused.value.reason == reason
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive.part", "out"]


def _huge_header() -> bytes:
    """Return an archive that begins with a header of two megabytes for an entry's long name."""
    info = tarfile.TarInfo("x")
    info.pax_headers = {"comment": "y" * 2_000_000}
    return archive_of([(info, b"")])


@pytest.mark.parametrize(
    "content",
    [
        b"no archive at all",
        b"\x1f\x8bno gzip either",
        archive_of([entry("a", b"x" * 5000)])[:3000],
        archive_of([entry("a", b"x" * 5000)], zipped=True)[:-20],
        _huge_header(),
        archive_of([entry("a", b"x")])[:124] + b"\x80" + b"\xff" * 11 + b"0" * 376,
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ArchiveRefused, match=r"cannot be read|header|cut off"):
        unpacked(tmp_path, content)


def test_bomb_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    bomb = archive_of([entry("zeros", b"\0" * 200_000_000)], zipped=True)
    assert len(bomb) < 300_000

    with pytest.raises(ArchiveRefused, match="unpacks to more than"):
        unpacked(tmp_path, bomb)


NAMES = st.sampled_from(["a", "b", "a/b", "b/a", "a/b/c", ".", "..", "a/..", "/a", "../a"])
KINDS = st.sampled_from([tarfile.REGTYPE, DIR, LINK, HARD])


@given(st.lists(st.tuples(NAMES, KINDS, NAMES), max_size=6))
def test_no_archive_reaches_out_of_its_directory(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[str, bytes, str]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    entries = [
        entry(name, b"x" if kind == tarfile.REGTYPE else b"", kind=kind, link=link)
        for name, kind, link in drawn
    ]

    try:
        out = unpacked(folder, archive_of(entries))
    except ArchiveRefused:
        pass
    else:
        assert all(Path(os.path.realpath(path)).is_relative_to(out) for path in out.rglob("*"))

    assert sorted(path.name for path in folder.iterdir()) == ["archive.part", "out"]
