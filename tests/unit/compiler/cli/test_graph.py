"""`freshet graph`, which asks no service."""

from pathlib import Path

import pytest

from compiler.cli.command import run_command_line

PIPELINE = """\
version: '1.0'
steps:
  image: {type: build, image_name: app}
  publish: {type: push, candidate: '${{image}}', registry: nowhere}
"""


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    path = tmp_path / "codefresh.yml"
    path.write_text(PIPELINE, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("options", "first_line"),
    [
        ((), "flowchart TD"),
        (("--format", "mermaid"), "flowchart TD"),
        (("--format", "dot"), "digraph pipeline {"),
    ],
)
def test_graph_of_a_pipeline_is_printed(
    options: tuple[str, ...], first_line: str, pipeline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["graph", *options, str(pipeline)]) == 0
    assert capsys.readouterr().out.splitlines()[0] == first_line


def test_pipeline_with_mistakes_has_no_graph(
    pipeline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.write_text("version: '1.0'\n", encoding="utf-8")

    assert run_command_line(["graph", str(pipeline)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.endswith("`freshet explain FR111` tells more\n")
