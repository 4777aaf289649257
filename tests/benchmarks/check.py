"""`freshet check` of a 100-line file as a whole process, against `python -c pass`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.pipelines import pipeline_of_lines
from tests.benchmarks.rows import Row, measure_in_turn

_ROUNDS = 25
_ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""Installed programs have bytecode; without it, compiling their modules would be measured."""


def command_rows(folder: Path) -> Iterator[Row]:
    """Measure in `folder`."""
    path = folder / "codefresh.yml"
    path.write_text(pipeline_of_lines(100), encoding="utf-8")
    freshet = str(Path(sys.executable).with_name("freshet"))

    def run(*command: str) -> None:
        subprocess.run(command, env=_ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)

    figure, peer_figure = measure_in_turn(
        lambda: run(freshet, "check", str(path)),
        lambda: run(sys.executable, "-c", "pass"),
        _ROUNDS,
    )
    yield Row(
        name="check-100-lines",
        figure=figure,
        unit="s",
        peer="python -c pass",
        peer_figure=peer_figure,
        aim=5.0,
    )
