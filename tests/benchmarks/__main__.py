"""Measures and prints one JSON object a line: `python -m tests.benchmarks --help`."""

import argparse
import signal
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NoReturn

from tests.benchmarks.check import command_rows
from tests.benchmarks.in_process import check_rows, compile_rows
from tests.benchmarks.masking import masking_rows
from tests.benchmarks.rows import Row


def _vendor_rows(folder: Path) -> Iterator[Row]:
    from tests.benchmarks.vendor import vendor_rows  # only here are packages of npm needed

    return vendor_rows(folder)


def _registry_rows(folder: Path) -> Iterator[Row]:
    from tests.benchmarks.registry import registry_rows  # only here are gRPC and SQL needed

    return registry_rows(folder)


def _image_rows(folder: Path) -> Iterator[Row]:
    from tests.benchmarks.cached_image import cached_image_rows  # only here is Docker needed
    from tests.engine import DOCKER_26, borrowed

    with borrowed(DOCKER_26) as environment:
        yield from cached_image_rows(environment, folder)


def _runner_rows(group: str, folder: Path) -> Iterator[Row]:
    from tests.benchmarks import runner  # as above

    return runner.rows(group, folder)


_RUNNER = ("build", "context", "push", "log", "load")
_GROUPS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "command": command_rows,
    "check": lambda _: check_rows(),
    "compile": lambda _: compile_rows(),
    "masking": lambda _: masking_rows(),
    "registry": _registry_rows,
    "vendor": _vendor_rows,
    "image": _image_rows,
    **{group: partial(_runner_rows, group) for group in _RUNNER},
}
_TOGETHER = {"runner": _RUNNER}


def main() -> None:
    """Measure the rows of the groups that are named, or of all."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "groups",
        nargs="*",
        metavar="GROUP",
        help=f"which rows: {', '.join(_GROUPS)}; runner: {', '.join(_RUNNER)}",
    )
    named = parser.parse_args().groups or list(_GROUPS)
    wanted = [each for group in named for each in _TOGETHER.get(group, (group,))]
    if unknown := [each for each in wanted if each not in _GROUPS]:
        parser.error(f"there is no group {', '.join(unknown)}")
    signal.signal(signal.SIGTERM, _leave)
    with tempfile.TemporaryDirectory(prefix="freshet-bench-") as folder:
        for group in wanted:
            for row in _GROUPS[group](Path(folder)):
                print(row.to_json(), flush=True)


def _leave(number: int, _frame: object) -> NoReturn:
    """Unwind, so that what was started ends too."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
