"""All steps of a resolved pipeline, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compiler.model.scope import Scope
from compiler.model.steps import Resolved, ResolvedBlock, ResolvedHook, ResolvedPipeline


def every_resolved(resolved: ResolvedPipeline) -> Iterator[Resolved]:
    """Yield all steps: members behind their block, hooks behind their step."""
    yield from _walk(resolved.steps)
    for hook in resolved.hooks:
        yield from _walk(hook.members)


def every_hook(resolved: ResolvedPipeline) -> Iterator[ResolvedHook]:
    """Yield the hooks of all steps, then those of the pipeline."""
    for step in _walk(resolved.steps):
        yield from step.hooks
    yield from resolved.hooks


def scopes(resolved: ResolvedPipeline, scope: Scope) -> Iterator[tuple[Resolved, Scope]]:
    """Yield all steps with the scope of the pipeline, or of the hook that they stand in."""
    for step in _walk(resolved.steps, hooks=False):
        yield step, scope
    for hook in every_hook(resolved):
        inner = inside(hook, scope)
        for step in _walk(hook.members):
            yield step, inner


def inside(hook: ResolvedHook, scope: Scope) -> Scope:
    """Return the scope inside of a hook."""
    return scope.inside(hook.id, hook.hook.steps)


def _walk(steps: Sequence[Resolved], *, hooks: bool = True) -> Iterator[Resolved]:
    for step in steps:
        yield step
        if isinstance(step, ResolvedBlock):
            yield from _walk(step.members, hooks=hooks)
        for hook in step.hooks if hooks else ():
            yield from _walk(hook.members)
