"""The compiler against the vendor's validator, each reading and judging the same files.

Its version 0.37, whose verdicts the conformance cases hold, is not on npm; 1.1.1 is the only one.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from compiler import check_pipeline
from tests.benchmarks.rows import Row, measure_in_turn
from tests.conformance.folder import FOLDER
from tests.conformance.vendor import read_cases
from tests.engine.node import node, node_modules

_PACKAGES = ("@codefresh-io/yaml-validator@1.1.1", "js-yaml@4.1.0")
_SCRIPT = Path(__file__).with_name("vendor.cjs")
_CASES = Path(__file__).parents[1] / "conformance" / "cases"
_ROUNDS = 11
_AIM = 1 / 15


def vendor_rows(folder: Path) -> Iterator[Row]:
    """Measure; `folder` is for the texts, which both read before."""
    own = [path.read_bytes() for path in sorted(_CASES.glob("*.yml"))]
    yield _row("check-own-cases", own, folder / "own")
    if FOLDER.is_dir():
        documented = [case.content for case in read_cases("docs_examples")]
        yield _row("check-documentation", documented, folder / "documentation")


def _row(name: str, contents: list[bytes], folder: Path) -> Row:
    folder.mkdir()
    for number, content in enumerate(contents):
        (folder / f"{number:04}.yml").write_bytes(content)

    def ours() -> None:
        for content in contents:
            check_pipeline(content)

    with _validator(folder) as vendor:
        figure, peer_figure = measure_in_turn(ours, vendor, _ROUNDS)
    return Row(
        name=name,
        figure=figure,
        unit="s",
        peer=_PACKAGES[0],
        peer_figure=peer_figure,
        aim=_AIM,
    )


@contextmanager
def _validator(folder: Path) -> Iterator[Callable[[], None]]:
    """Yield the work of judging all files of `folder` once, in a process that stays warm."""
    environment = {**os.environ, "NODE_PATH": str(node_modules(*_PACKAGES))}
    with subprocess.Popen(
        [node(), _SCRIPT, folder],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin and process.stdout
        requests, answers = process.stdin, process.stdout

        def work() -> None:
            print(file=requests, flush=True)
            assert answers.readline()

        yield work
        requests.close()  # the script ends with its input
