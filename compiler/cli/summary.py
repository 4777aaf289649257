"""What came of a run, as a table for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from freshet.runner.v1.run_pb2 import BuiltImage, PushedImage, Run, StepRun

_HEADINGS = ("Step", "Result", "Time", "Cache", "Pushed")
_CACHE_WORDS: Mapping[BuiltImage.CacheUse.ValueType, str] = {
    BuiltImage.CACHE_USE_NONE: "none",
    BuiltImage.CACHE_USE_PARTIAL: "partial",
    BuiltImage.CACHE_USE_FULL: "full",
    BuiltImage.CACHE_USE_IDENTICAL: "identical",
}


def summary_lines(run: Run, titles: Mapping[str, str]) -> Iterator[str]:
    """Yield a row for each step and each reference it pushed, then the digests.

    `titles` are those of steps, by their ids.
    """
    rows: list[Sequence[str]] = [_HEADINGS]
    for step_run in run.step_runs:
        rows.extend(_rows(step_run, titles.get(step_run.step_id, step_run.step_id)))
    yield from _aligned(rows)
    images = [image for step_run in run.step_runs for image in pushed_images(step_run)]
    if images:
        yield "Pushed:"
    for image in images:
        yield f"  {_reference(image)}  {image.digest}"


def pushed_images(step_run: StepRun) -> Iterator[PushedImage]:
    """Yield what a step pushed."""
    for operation_run in step_run.operation_runs:
        yield from operation_run.pushed_images.pushed_images


def state_word(run: Run) -> str:
    """Return how far a run is, in one word."""
    return Run.State.Name(run.state).removeprefix("STATE_").lower().replace("_", " ")


def step_word(step_run: StepRun) -> str:
    """Return how far a step is, in words."""
    return StepRun.State.Name(step_run.state).removeprefix("STATE_").lower().replace("_", " ")


def duration(run: Run | StepRun) -> str:
    """Return how long it took; empty while it has not ended or was never started."""
    if not run.HasField("start_time") or not run.HasField("end_time"):
        return ""
    seconds = (run.end_time.ToMilliseconds() - run.start_time.ToMilliseconds()) / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"


def _rows(step_run: StepRun, title: str) -> Iterator[Sequence[str]]:
    references = [_reference(image) for image in pushed_images(step_run)]
    first, *others = references or [""]
    yield (title, step_word(step_run), duration(step_run), _cache(step_run), first)
    for other in others:
        yield ("", "", "", "", other)


def _cache(step_run: StepRun) -> str:
    words = [
        _CACHE_WORDS.get(operation_run.built_image.cache_use, "")
        for operation_run in step_run.operation_runs
        if operation_run.HasField("built_image")
    ]
    return words[-1] if words else ""


def _reference(image: PushedImage) -> str:
    return f"{image.repository}:{image.tag}"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    used = [index for index in range(len(_HEADINGS)) if any(row[index] for row in rows[1:])]
    widths = {index: max(len(row[index]) for row in rows) for index in used}
    for row in rows:
        yield "  ".join(row[index].ljust(widths[index]) for index in used).rstrip()
