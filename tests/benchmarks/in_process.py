"""The compiler in a warm process, against PyYAML's C loader, and against itself at ten times."""

from collections.abc import Callable, Iterator

import yaml

from compiler import Checked, check_pipeline, compile_pipeline
from tests.benchmarks.pipelines import pipeline_of_steps
from tests.benchmarks.rows import Row, measure_in_turn

_ROUNDS = {10: 101, 100: 31, 500: 11}
"""By count of steps."""
_MANY, _FEW = 5_000, 500
_SCALE_ROUNDS = 5
_Work = Callable[[bytes], Checked]


def check_rows() -> Iterator[Row]:
    """Measure `check_pipeline`."""
    for step_count in _ROUNDS:
        yield _row("check", check_pipeline, step_count, aim=3.0)
    yield _scale_row()


def compile_rows() -> Iterator[Row]:
    """Measure `compile_pipeline`."""
    for step_count in _ROUNDS:
        yield _row("compile", compile_pipeline, step_count, aim=5.0)


def _row(name: str, work: _Work, step_count: int, *, aim: float) -> Row:
    text = pipeline_of_steps(step_count)
    content = text.encode()
    assert work(content).valid  # a pipeline with mistakes would cost something else
    figure, peer_figure = measure_in_turn(
        lambda: work(content), lambda: yaml.load(text, yaml.CSafeLoader), _ROUNDS[step_count]
    )
    return Row(
        name=f"{name}-{step_count}-steps",
        figure=figure,
        unit="s",
        peer="yaml.load with CSafeLoader",
        peer_figure=peer_figure,
        aim=aim,
    )


def _scale_row() -> Row:
    """Tell whether a step costs more among many."""
    many, few = pipeline_of_steps(_MANY).encode(), pipeline_of_steps(_FEW).encode()
    figure, peer_figure = measure_in_turn(
        lambda: check_pipeline(many), lambda: check_pipeline(few), _SCALE_ROUNDS
    )
    return Row(
        name=f"check-{_MANY}-steps",
        figure=figure / _MANY * 1_000,
        unit="ms per step",
        peer=f"{_FEW} steps",
        peer_figure=peer_figure / _FEW * 1_000,
        aim=1.2,
    )
