"""Measures and prints one JSON object a line: `python -m tests.benchmarks`."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.cached_image import cached_image_rows
from tests.benchmarks.check import check_row
from tests.benchmarks.rows import Row
from tests.engine import DOCKER_26, borrowed


def _rows(folder: Path) -> Iterator[Row]:
    yield check_row(folder)
    with borrowed(DOCKER_26) as environment:
        yield from cached_image_rows(environment, folder)


def main() -> None:
    """Measure all rows."""
    with tempfile.TemporaryDirectory(prefix="freshet-bench-") as folder:
        for row in _rows(Path(folder)):
            print(row.to_json(), flush=True)


if __name__ == "__main__":
    main()
