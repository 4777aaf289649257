"""The parts of a classic build: its archive, its images, its steps, and who builds so."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner_service.daemon import (
    BuilderKind,
    BuildEvent,
    CacheUse,
    ContextUnreadable,
    VertexProgress,
)
from runner_service.daemon.buildkit.context import ContextDirectory
from runner_service.daemon.buildkit.ignore import parse
from runner_service.daemon.buildkit.recipe import Recipe
from runner_service.daemon.classic.archive import ContextArchive
from runner_service.daemon.classic.bases import base_images
from runner_service.daemon.classic.steps import Steps, exit_code
from runner_service.daemon.docker_daemon import builder_of


def _archive(root: Path, rules: str = "") -> ContextArchive:
    recipe = Recipe(name="Dockerfile", text=b"FROM x\n", rules=parse(rules))
    return ContextArchive(ContextDirectory(root), recipe)


def _unpacked(archive: ContextArchive) -> tarfile.TarFile:
    return tarfile.open(fileobj=io.BytesIO(b"".join(archive.pieces())))


def test_archive_has_what_the_rules_leave_and_the_dockerfile(tmp_path: Path) -> None:
    tmp_path.joinpath("sub").mkdir()
    tmp_path.joinpath("sub/file").write_bytes(b"x" * 700)
    tmp_path.joinpath("sub/file").chmod(0o751)
    tmp_path.joinpath("old").touch()
    tmp_path.joinpath("link").symlink_to("sub/file")
    archive = _archive(tmp_path, "old\n")

    tar = _unpacked(archive)

    assert tar.getnames() == ["link", "sub", "sub/file", ".dockerignore", archive.dockerfile]
    file = tar.getmember("sub/file")
    assert (file.mode, file.uid, file.gid, file.size) == (0o751, 0, 0, 700)
    assert tar.getmember("link").linkname == "sub/file"
    ignored = tar.extractfile(".dockerignore")
    assert ignored is not None
    assert ignored.read().split() == [archive.dockerfile.encode(), b".dockerignore"]


def test_rules_of_the_user_stay_in_the_archive(tmp_path: Path) -> None:
    tmp_path.joinpath(".dockerignore").write_text("old")
    archive = _archive(tmp_path)

    ignored = _unpacked(archive).extractfile(".dockerignore")

    assert ignored is not None
    assert ignored.read().split() == [b"old", archive.dockerfile.encode()]


@pytest.mark.parametrize("size_bytes", [0, 5000])
def test_file_that_changes_meanwhile_is_told(tmp_path: Path, size_bytes: int) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 600)
    pieces = _archive(tmp_path).pieces()
    next(pieces)
    file.write_bytes(b"y" * size_bytes)

    with pytest.raises(ContextUnreadable, match="changed"):
        list(pieces)


@pytest.mark.parametrize(
    ("text", "arguments", "images"),
    [
        ("FROM alpine:3.20", {}, ["alpine:3.20"]),
        ("from --platform=linux/amd64 a.test/b AS x", {}, ["a.test/b"]),
        ("ARG TAG=1\nFROM a.test/b:$TAG", {}, ["a.test/b:1"]),
        ("ARG TAG=1\nFROM a.test/b:${TAG}", {"TAG": "2"}, ["a.test/b:2"]),
        ('ARG BASE="a.test/b"\nFROM $BASE', {}, ["a.test/b"]),
        ("ARG X\nFROM a.test/b:${X:-3}", {}, ["a.test/b:3"]),
        ("FROM \\\n# why\n  a.test/b\nCOPY --from=c.test/d / /", {}, ["a.test/b", "c.test/d"]),
        ("RUN FROM x", {}, []),
        ("\xff\x00", {}, []),
    ],
)
def test_images_of_a_dockerfile(text: str, arguments: Mapping[str, str], images: list[str]) -> None:
    assert base_images(text.encode("latin-1"), arguments) == images


def test_steps_are_told_as_those_of_buildkit() -> None:
    events: list[BuildEvent] = []
    steps = Steps(events.append, lambda: 7)
    pieces = [
        "Step 1/3 : FROM a\n", " ---> 0a1b\n", "Step 2/3 : COPY . .\n", " ---> Using cache\n",
        " ---> 2c3d\nStep 3/3 : RUN ma", "ke\n", " ---> Running in 4e5f\n", "cc main.c\n", "tail",
    ]  # fmt: skip

    told = b"".join(line for piece in pieces for line in steps.lines(piece))
    told += b"".join(steps.end("exit code: 2"))

    assert told.decode() == (
        "#1 [1/3] FROM a\n#1 DONE\n#2 [2/3] COPY . .\n#2 CACHED\n"
        "#3 [3/3] RUN make\n#3 cc main.c\n#3 tail\n#3 ERROR: exit code: 2\n"
    )
    assert steps.cache_use is CacheUse.PARTIAL
    assert [
        (each.number, each.completed_ns is None, each.cached, each.error)
        for each in events
        if isinstance(each, VertexProgress)
    ] == [
        (1, True, False, ""), (1, False, False, ""), (2, True, False, ""), (2, False, True, ""),
        (3, True, False, ""), (3, False, False, "exit code: 2"),
    ]  # fmt: skip


def test_exit_code_is_read_from_the_words_of_the_daemon() -> None:
    assert exit_code("The command '/bin/sh -c x' returned a non-zero code: 137") == 137
    assert exit_code("COPY failed: no source files") is None


@pytest.mark.parametrize(
    ("ping", "builder"),
    [
        ({"api-version": "1.45", "builder-version": "2"}, BuilderKind.BUILDKIT),
        ({"api-version": "1.45", "builder-version": "1"}, BuilderKind.CLASSIC),
        ({"api-version": "1.41"}, BuilderKind.BUILDKIT),
        ({"api-version": "1.38"}, BuilderKind.CLASSIC),
        ({"api-version": "1.41", "libpod-api-version": "4.3.1"}, BuilderKind.CLASSIC),
        ({}, BuilderKind.BUILDKIT),
    ],
)
def test_builder_is_read_from_the_ping(ping: Mapping[str, str], builder: BuilderKind) -> None:
    assert builder_of(ping) is builder
