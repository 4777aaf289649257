"""Which `# syntax=` lines are taken out, and how."""

import pytest

from runner_service.daemon.buildkit.frontend import for_built_in_frontend


@pytest.mark.parametrize(
    "image",
    [
        "docker/dockerfile:1",
        "docker/dockerfile",
        "docker/dockerfile:1.7-labs",
        "docker.io/docker/dockerfile:1",
        "index.docker.io/docker/dockerfile:1",
        "docker/dockerfile-upstream:master",
        "docker/dockerfile@sha256:" + "0" * 64,
    ],
)
def test_frontend_of_docker_hub_is_taken_out(image: str) -> None:
    found = for_built_in_frontend(f"# syntax={image}\nFROM a\n".encode())

    assert found.replaced == image
    assert found.text == b"#\nFROM a\n"


@pytest.mark.parametrize(
    "text",
    [
        b"FROM a\n",
        b"",
        b"# syntax=ghcr.io/acme/frontend:1\nFROM a\n",
        b"# syntax=docker.io/acme/dockerfile:1\nFROM a\n",
        b"# syntax=docker/dockerfile-evil:1\nFROM a\n",
        b"# a comment\n# syntax=docker/dockerfile:1\nFROM a\n",
        b"\n# syntax=docker/dockerfile:1\nFROM a\n",
        b"FROM a\n# syntax=docker/dockerfile:1\n",
        b"# escape=`\nFROM a\n",
    ],
)
def test_other_text_stays_as_it_is(text: bytes) -> None:
    found = for_built_in_frontend(text)

    assert found.text == text
    assert found.replaced is None


@pytest.mark.parametrize(
    "line", [b"#syntax=docker/dockerfile:1", b"# SYNTAX = docker/dockerfile:1 \r"]
)
def test_line_may_be_written_loosely(line: bytes) -> None:
    assert for_built_in_frontend(line + b"\nFROM a\n").replaced == "docker/dockerfile:1"


def test_other_directives_keep_their_force_and_lines_their_numbers() -> None:
    text = b"# syntax=docker/dockerfile:1\n# check=skip=all\n# escape=`\nFROM a\n"

    found = for_built_in_frontend(text)

    assert found.text == b"# escape=`\n# check=skip=all\n#\nFROM a\n"


def test_shebang_and_byte_order_mark_do_not_hide_the_line() -> None:
    text = b"\xef\xbb\xbf#!/usr/bin/env docker\n# syntax=docker/dockerfile:1\nFROM a\n"

    found = for_built_in_frontend(text)

    assert found.text == b"#!/usr/bin/env docker\n#\nFROM a\n"
