"""`freshet check` of a 100-line file as a whole process, against `python -c pass`."""

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.rows import Row, measure_in_turn

_ROUNDS = 25
_STEP = """\
  build_{n}:
    title: Build part {n}
    type: build
    image_name: acme/part-{n}
    working_directory: ./part{n}
    dockerfile: Dockerfile
    tag: ${{{{CF_BRANCH_TAG_NORMALIZED}}}}-{n}
    build_arguments:
      - VERSION=${{{{VERSION}}}}
    disable_push: true
"""


def pipeline_text(line_count: int) -> str:
    """Return a valid pipeline of about `line_count` lines."""
    steps = (line_count - 2) // len(_STEP.splitlines())
    return "version: '1.0'\nsteps:\n" + "".join(_STEP.format(n=n) for n in range(steps))


def check_row(folder: Path) -> Row:
    """Measure in `folder`."""
    path = folder / "codefresh.yml"
    path.write_text(pipeline_text(100), encoding="utf-8")
    freshet = str(Path(sys.executable).with_name("freshet"))

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    figure, peer_figure = measure_in_turn(
        lambda: run(freshet, "check", str(path)),
        lambda: run(sys.executable, "-c", "pass"),
        _ROUNDS,
    )
    return Row(
        name="check-100-lines",
        figure=figure,
        unit="s",
        peer="python -c pass",
        peer_figure=peer_figure,
        aim=5.0,
    )
