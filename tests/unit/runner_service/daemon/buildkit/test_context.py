"""What is read of a build context, and what never is."""

import os
import socket
from pathlib import Path

import pytest

from runner_service.daemon import ContextNotFound, ContextUnreadable
from runner_service.daemon.buildkit.context import ContextDirectory
from runner_service.daemon.buildkit.ignore import parse


def _paths(root: Path, rules: str = "") -> list[str]:
    return [entry.path for entry in ContextDirectory(root).entries(parse(rules))]


def _fill(root: Path, *files: str) -> None:
    for name in files:
        root.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        root.joinpath(name).write_text(f"contents of {name}")


def test_entries_come_parents_first_and_in_the_order_of_their_bytes(tmp_path: Path) -> None:
    _fill(tmp_path, "a-b", "a/z", "a/B", "a/b", "ü", "Z")

    paths = _paths(tmp_path)

    assert paths == ["Z", "a", "a/B", "a/b", "a/z", "a-b", "ü"]


def test_ignored_entries_are_left_out_but_for_exceptions_with_their_folders(
    tmp_path: Path,
) -> None:
    _fill(tmp_path, "v/a/kept", "v/a/other", "v/b/other", "w/file")

    paths = _paths(tmp_path, "v\n!v/a/kept")

    assert paths == ["v", "v/a", "v/a/kept", "w", "w/file"]


def test_ignored_folder_without_exception_inside_leaves_no_trace(tmp_path: Path) -> None:
    _fill(tmp_path, "v/a/other", "w/file")

    paths = _paths(tmp_path, "v\n!v/a/kept")

    assert paths == ["w", "w/file"]


def test_links_are_told_and_never_followed(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    _fill(outside, "secret")
    _fill(root, "file")
    root.joinpath("folder").symlink_to(outside)
    root.joinpath("link").symlink_to(outside / "secret")

    entries = {entry.path: entry for entry in ContextDirectory(root).entries(parse(""))}

    assert sorted(entries) == ["file", "folder", "link"]
    assert entries["folder"].link_target == str(outside)
    assert entries["link"].link_target == str(outside / "secret")
    assert not entries["link"].is_file


def test_sockets_and_pipes_are_left_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))

        paths = _paths(tmp_path)

    assert paths == []


def test_name_that_is_no_text_survives(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9"
    Path(os.fsdecode(raw)).write_bytes(b"coffee")
    context = ContextDirectory(tmp_path)

    (entry,) = context.entries(parse(""))

    assert os.fsencode(entry.path) == b"caf\xe9"
    assert context.read(entry.path) == b"coffee"


@pytest.mark.parametrize("swapped", ["folder", "file"])
def test_file_that_became_a_link_meanwhile_is_not_read(tmp_path: Path, swapped: str) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    _fill(outside, "file")
    _fill(root, "folder/file")
    context = ContextDirectory(root)
    (*_, entry) = context.entries(parse(""))
    root.joinpath("folder/file").unlink()
    if swapped == "folder":
        root.joinpath("folder").rmdir()
        root.joinpath("folder").symlink_to(outside)
    else:
        root.joinpath("folder/file").symlink_to(outside / "file")

    with pytest.raises(ContextUnreadable, match="folder/file"):
        context.read(entry.path)


def test_pipe_in_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "file")

    with pytest.raises(ContextUnreadable, match="no file any more"):
        ContextDirectory(tmp_path).read("file")


def test_vanished_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(ContextUnreadable) as failure:
        ContextDirectory(tmp_path).read("gone")

    assert failure.value.path == "gone"
    assert "No such file" in failure.value.cause


def test_big_file_comes_in_pieces(tmp_path: Path) -> None:
    tmp_path.joinpath("big").write_bytes(b"x" * 1_000_000)

    pieces = list(ContextDirectory(tmp_path).pieces("big"))

    assert len(pieces) == 4
    assert sum(map(len, pieces)) == 1_000_000


def test_file_is_no_context(tmp_path: Path) -> None:
    _fill(tmp_path, "file")

    with pytest.raises(ContextNotFound, match="file"):
        ContextDirectory(tmp_path / "file")


def test_path_that_leads_out_is_not_resolved(tmp_path: Path) -> None:
    root = tmp_path / "root"
    _fill(tmp_path, "outside")
    _fill(root, "inside")
    root.joinpath("link").symlink_to(tmp_path / "outside")
    root.joinpath("good").symlink_to("inside")
    context = ContextDirectory(root)

    assert context.resolve(Path("good")) == "inside"
    for path in ("../outside", "link"):
        with pytest.raises(PermissionError):
            context.resolve(Path(path))
