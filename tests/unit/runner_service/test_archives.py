"""What stays of uploaded archives, and what goes to make room."""

import os
from collections.abc import Collection
from pathlib import Path

import pytest

from runner_service.archives import ArchiveLimits, Archives
from runner_service.errors import ArchiveRefused, ArchivesFull, UploadConflict
from tests.unit.runner_service.archive import archive_of, digest_of, entry

LIMITS = ArchiveLimits(archive_bytes=50_000, unpacked_bytes=50_000, total_bytes=65_000)


def archive(name: str) -> bytes:
    """Return an archive of 20,480 bytes that unpacks to 10,000."""
    return archive_of([entry(name, b"x" * 10_000)])


def put(archives: Archives, content: bytes) -> str:
    archive_id = archives.digest_id(digest_of(content), len(content))
    archives.append(archive_id, 0, len(content), content)
    return archives.complete(archive_id)


def age(archives: Archives, folder: Path, name: str, seconds: float) -> None:
    path = folder / f"{name.removeprefix('archives/')}.size"
    os.utime(path, (path.stat().st_mtime - seconds,) * 2)


def test_archive_is_kept_unpacked_under_its_digest(tmp_path: Path) -> None:
    archives = Archives(tmp_path, LIMITS)

    name = put(archives, archive("a"))

    found = archives.find(name)
    assert found and [path.name for path in found.iterdir()] == ["a"]
    assert name == f"archives/{digest_of(archive('a')).removeprefix('sha256:')}"
    assert sorted(path.suffix for path in tmp_path.iterdir()) == ["", ".size"]


def test_archive_used_longest_ago_makes_room(tmp_path: Path) -> None:
    archives = Archives(tmp_path, LIMITS)
    names = [put(archives, archive(name)) for name in "abcd"]
    for seconds, name in enumerate(names):
        age(archives, tmp_path, name, 100 - seconds)
    archives.find(names[0])  # which uses it

    put(archives, archive("e"))

    assert [bool(archives.find(name)) for name in names] == [True, False, True, True]


def test_archive_that_a_run_needs_stays(tmp_path: Path) -> None:
    needed: Collection[str] = ()
    archives = Archives(tmp_path, LIMITS, lambda: needed)
    names = needed = [put(archives, archive(name)) for name in "abcd"]

    with pytest.raises(ArchivesFull):
        put(archives, archive("e"))

    assert all(archives.find(name) for name in names)


def test_upload_that_nobody_goes_on_with_makes_room_too(tmp_path: Path) -> None:
    archives = Archives(tmp_path, LIMITS)
    content = archive("left")
    left = archives.digest_id(digest_of(content), len(content))
    archives.append(left, 0, len(content), content[:20_000])
    os.utime(tmp_path / f"{left}.part", (1, 1))

    for name in "abcd":
        put(archives, archive(name))

    assert archives.size(left, len(content)) == 0


def test_archive_of_another_digest_is_refused_and_gone(tmp_path: Path) -> None:
    archives = Archives(tmp_path, LIMITS)
    archive_id = archives.digest_id(digest_of(b"other"), 20_480)
    archives.append(archive_id, 0, 20_480, archive("a"))

    with pytest.raises(ArchiveRefused) as refused:
        archives.complete(archive_id)

    assert refused.value.reason == "ARCHIVE_DIGEST"
    assert list(tmp_path.iterdir()) == []


def test_refused_archive_leaves_nothing_behind(tmp_path: Path) -> None:
    archives = Archives(tmp_path, LIMITS)

    with pytest.raises(ArchiveRefused):
        put(archives, archive_of([entry("fine", b"x"), entry("../a", b"x")]))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("offset", [0, 99, 101])
def test_data_that_does_not_go_on_where_it_ended_is_refused(tmp_path: Path, offset: int) -> None:
    archives = Archives(tmp_path, LIMITS)
    archive_id = archives.digest_id(digest_of(b"x"), 1000)
    archives.append(archive_id, 0, 1000, b"x" * 100)

    with pytest.raises(UploadConflict) as refused:
        archives.append(archive_id, offset, 1000, b"y")

    assert refused.value.size_bytes == 100


@pytest.mark.parametrize(
    ("digest", "size_bytes", "reason"),
    [
        ("", 10, "ARCHIVE_DIGEST"),
        ("sha256:../../etc", 10, "ARCHIVE_DIGEST"),
        ("sha256:" + "A" * 64, 10, "ARCHIVE_DIGEST"),
        (digest_of(b""), 0, "ARCHIVE_TOO_LARGE"),
        (digest_of(b""), -1, "ARCHIVE_TOO_LARGE"),
        (digest_of(b""), 50_001, "ARCHIVE_TOO_LARGE"),
    ],
)
def test_announcement_that_cannot_be_kept_is_refused(
    tmp_path: Path, digest: str, size_bytes: int, reason: str
) -> None:
    with pytest.raises(ArchiveRefused) as refused:
        Archives(tmp_path, LIMITS).digest_id(digest, size_bytes)

    assert refused.value.reason == reason


def test_what_was_half_unpacked_is_swept(tmp_path: Path) -> None:
    (tmp_path / f"{'0' * 64}.half" / "a").mkdir(parents=True)
    (tmp_path / f"{'0' * 64}.tar").write_bytes(b"x")
    (tmp_path / f"{'0' * 64}.part").write_bytes(b"x")

    Archives(tmp_path, LIMITS).sweep()

    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
