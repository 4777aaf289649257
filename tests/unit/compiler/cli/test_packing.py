"""A workspace is packed as a clone of it would be, and what is packed can be unpacked."""

import os
import subprocess
from pathlib import Path

import pytest

from compiler.cli.packing import packed
from runner_service.unpack import UnpackLimits, unpack

LIMITS = UnpackLimits(entry_count=1000, size_bytes=10_000_000)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    work = tmp_path / "work"
    (work / "src").mkdir(parents=True)
    (work / "src/main.py").write_text("print()\n")
    (work / "build.sh").write_text("#!/bin/sh\n")
    (work / "build.sh").chmod(0o755)
    (work / "link").symlink_to("src/main.py")
    os.link(work / "build.sh", work / "same.sh")
    return work


def git(work: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=work, check=True
    )


def names_of(work: Path, out: Path) -> list[str]:
    """Return what is in the archive of `work`, by unpacking it into `out`."""
    with packed(work) as archive:
        part = out.with_suffix(".part")
        part.write_bytes(archive.file.read())
        assert part.stat().st_size == archive.size_bytes
    unpack(part, out, LIMITS)
    found = (path for path in out.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(str(path.relative_to(out)) for path in found)


def test_all_files_of_a_directory_are_packed_with_links_and_modes(
    work: Path, tmp_path: Path
) -> None:
    (work / "empty").mkdir()
    os.mkfifo(work / "pipe")

    names = names_of(work, tmp_path / "out")

    assert names == ["build.sh", "link", "same.sh", "src/main.py"]
    assert (tmp_path / "out/empty").is_dir()
    assert os.access(tmp_path / "out/same.sh", os.X_OK)
    assert (tmp_path / "out/link").readlink() == Path("src/main.py")
    times_ns = [(each / "build.sh").stat().st_mtime_ns for each in (work, tmp_path / "out")]
    assert abs(times_ns[0] - times_ns[1]) < 1000  # archives have them as numbers with a point


def test_what_git_ignores_is_left_out_and_what_is_new_is_not(work: Path, tmp_path: Path) -> None:
    (work / ".gitignore").write_text(".env\n")
    (work / ".env").write_text("TOKEN=1\n")
    git(work, "init", "-q", "-b", "main")
    git(work, "add", "src")
    git(work, "commit", "-qm", "first")
    (work / "src/deleted.py").touch()
    git(work, "add", "src")
    (work / "src/deleted.py").unlink()

    names = names_of(work, tmp_path / "out")

    assert [name for name in names if not name.startswith(".git/")] == [
        ".gitignore", "build.sh", "link", "same.sh", "src/main.py",
    ]  # fmt: skip
    assert ".git/HEAD" in names
    git(tmp_path / "out", "fsck")


def test_git_is_left_out_when_dockerignore_names_it(work: Path, tmp_path: Path) -> None:
    (work / ".dockerignore").write_text("node_modules\n.git\n")
    git(work, "init", "-q")

    names = names_of(work, tmp_path / "out")

    assert not [name for name in names if name.startswith(".git/")]


def test_repository_inside_of_another_is_packed_whole(work: Path, tmp_path: Path) -> None:
    git(work, "init", "-q")
    (work / "inner").mkdir()
    (work / "inner/file").touch()
    git(work / "inner", "init", "-q")

    assert "inner/file" in names_of(work, tmp_path / "out")


@pytest.mark.parametrize("target", ["/etc/passwd", "../out", "src/../../x", "up/../.."])
def test_links_that_lead_out_are_left_out_and_told(work: Path, tmp_path: Path, target: str) -> None:
    (work / "up").symlink_to("src")
    (work / "bad").symlink_to(target)

    with packed(work) as archive:
        assert archive.left_out == ("bad",)
    assert "bad" not in names_of(work, tmp_path / "out")


def test_same_files_make_the_same_archive(work: Path) -> None:
    with packed(work) as first, packed(work) as second:
        assert first.digest == second.digest
        assert first.file.read() == second.file.read()


def test_names_that_are_no_text_are_packed(work: Path, tmp_path: Path) -> None:
    odd = os.fsdecode(b"caf\xe9\n")
    (work / odd).write_text("x")

    assert odd in names_of(work, tmp_path / "out")
