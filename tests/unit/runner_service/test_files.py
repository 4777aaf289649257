"""Files of a workspace are read, and nothing else."""

import os
from pathlib import Path

import pytest

from runner_service.files import read_file


def test_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1234")

    assert read_file(tmp_path / "file", 4) == b"1234"


def test_larger_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")

    with pytest.raises(OSError, match="more than 4 bytes"):
        read_file(tmp_path / "file", 4)


def test_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(OSError, match="it is no file"):
        read_file(tmp_path / "pipe", 4)


@pytest.mark.parametrize("path", [Path("/"), Path("/proc")])
def test_folder_is_refused(path: Path) -> None:
    with pytest.raises(OSError, match="it is no file"):
        read_file(path, 4)


@pytest.mark.parametrize("path", ["file", "folder/file"])
def test_no_link_is_followed_wherever_it_stands(tmp_path: Path, path: str) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").write_bytes(b"1")
    (tmp_path / "folder").symlink_to("real")
    (tmp_path / "file").symlink_to("real/file")

    with pytest.raises(OSError, match=r"symbolic link|Not a directory"):
        read_file(tmp_path / path, 4)
