"""Rules for steps of all types."""

from __future__ import annotations

from collections.abc import Iterator

from compiler import mistakes
from compiler.diagnostics import Diagnostic
from compiler.language.ranges import RETRY_RANGES, is_timeout
from compiler.language.steps import ParallelStep, Step

_NEW_FORM = ("on_success", "on_fail", "on_finish")
_RESERVED = frozenset(
    {"steps", "workflow", "true", "false", "null", "this", "parentSteps", "secrets"}
)


def common_mistakes(step: Step) -> Iterator[Diagnostic]:
    """Yield what is wrong with the fields that all steps have."""
    if step.timeout and not is_timeout(step.timeout.text):
        yield mistakes.ignored_time_limit(step.timeout.text, step.timeout.span)
    yield from _retry_mistakes(step)
    yield from _hook_mistakes(step)
    if step.name.text in _RESERVED:
        why = "means something else in expressions"
        yield mistakes.hard_to_address(step.name.text, why, step.name.span)


def _retry_mistakes(step: Step) -> Iterator[Diagnostic]:
    if step.retry is None:
        return
    if isinstance(step, ParallelStep) and (place := step.place("retry")):
        yield mistakes.retried_block(place)
    numbers = (step.retry.max_attempts, step.retry.delay, step.retry.exponential_factor)
    for (key, (least, most)), number in zip(RETRY_RANGES.items(), numbers, strict=True):
        if number and not least <= number.value <= most:
            limit = least if number.value < least else most
            yield mistakes.clamped_retry(key, number.value, limit, number.span)


def _hook_mistakes(step: Step) -> Iterator[Diagnostic]:
    """Yield where notes of the older form stand beside hooks that replace them."""
    hooks = step.entries.get("hooks")
    if hooks is None or not any(hook.point.text in _NEW_FORM for hook in step.hooks):
        return
    for key in _NEW_FORM:
        if entry := step.entries.get(key):
            yield mistakes.old_and_new_hooks(key, entry.key.span, hooks.key.span)
