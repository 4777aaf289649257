"""A state directory belongs to one runner at a time, which keeps its name."""

import tempfile
from pathlib import Path

import pytest

from runner_service.errors import StoreUnavailable
from runner_service.identity import claimed_identity, temporary_folder


def test_name_stays_from_start_to_start(tmp_path: Path) -> None:
    with claimed_identity(tmp_path) as first:
        pass
    with claimed_identity(tmp_path) as again:
        pass

    assert first == again
    assert len(first) == 16


def test_second_runner_in_the_same_directory_is_refused(tmp_path: Path) -> None:
    with (
        claimed_identity(tmp_path),
        pytest.raises(StoreUnavailable, match="another runner uses"),
        claimed_identity(tmp_path),
    ):
        pass


def test_temporary_files_of_a_runner_that_was_killed_are_deleted() -> None:
    with temporary_folder("0123"):
        folder = Path(tempfile.gettempdir())
        (folder / "left").write_text("behind")
        with temporary_folder("4567"):  # another one, which is no subject of the test
            pass
        assert (folder / "left").exists()
    folder.mkdir()
    (folder / "left").write_text("behind")

    with temporary_folder("0123"):
        assert Path(tempfile.gettempdir()) == folder
        assert list(folder.iterdir()) == []
        with tempfile.TemporaryDirectory() as made:
            assert Path(made).parent == folder

    assert not folder.exists()
    assert Path(tempfile.gettempdir()) == folder.parent
