"""The runner against the command line of Docker, on one engine and in one run."""

import tempfile
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from tests.benchmarks.rows import Row
from tests.benchmarks.runner.bench import Bench, bench_on
from tests.benchmarks.runner.builds import build_rows
from tests.benchmarks.runner.contexts import big_context_rows, many_files_rows
from tests.benchmarks.runner.load import load_rows
from tests.benchmarks.runner.logs import log_rows
from tests.benchmarks.runner.pushes import push_rows
from tests.engine import DOCKER_26, DOCKER_26_UNCLIPPED, borrowed

_ROWS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "build": build_rows,
    "context": lambda bench: chain(many_files_rows(bench), big_context_rows(bench)),
    "push": push_rows,
    "log": log_rows,
    "load": load_rows,
}


def rows(group: str, folder: Path) -> Iterator[Row]:
    """Measure the rows of a group in `folder`, with services of their own."""
    kind = DOCKER_26_UNCLIPPED if group == "log" else DOCKER_26
    with (
        borrowed(kind) as environment,
        tempfile.TemporaryDirectory(dir=folder) as own,
        bench_on(environment, Path(own)) as bench,
    ):
        yield from _ROWS[group](bench)
