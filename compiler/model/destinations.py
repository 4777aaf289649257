"""Asks the registry service one question for a whole pipeline, and fills the answers in."""

from __future__ import annotations

from collections.abc import Sequence

from compiler.diagnostics import Findings
from compiler.language.steps import PushStep
from compiler.language.values import Text
from compiler.model.registry_questions import (
    RegistryUse,
    answers_to,
    destination,
    pushes_to_host,
    registry_mistakes,
)
from compiler.model.scope import Scope
from compiler.model.steps import (
    Inline,
    Open,
    Resolved,
    ResolvedBlock,
    ResolvedBuild,
    ResolvedComposition,
    ResolvedContainer,
    ResolvedDeploy,
    ResolvedHook,
    ResolvedPipeline,
    ResolvedPush,
)
from compiler.model.walk import every_resolved
from compiler.registries import Omission, Purpose, Registries, Repository


def with_destinations(
    resolved: ResolvedPipeline, scope: Scope, registries: Registries, findings: Findings
) -> ResolvedPipeline:
    """Return the pipeline with the places that its images go to, as far as they are known."""
    steps = list(every_resolved(resolved))
    uses = [_use(step) for step in steps]
    asking = [(step, use) for step, use in zip(steps, uses, strict=True) if use]
    if not asking:
        return resolved
    answers = answers_to([use for _, use in asking], scope, registries)
    found: dict[str, Repository | Omission | Inline] = {}
    for (step, use), answer in zip(asking, answers, strict=True):
        for mistake in registry_mistakes(use, answer):
            findings.add(mistake)
        if pushes_to_host(use, answer):
            found[step.id] = Inline()
        elif known := destination(answer):
            found[step.id] = known
    return resolved.replaced(
        steps=_all_filled(resolved.steps, found), hooks=_hooks_filled(resolved.hooks, found)
    )


def _use(resolved: Resolved) -> RegistryUse | None:
    """Return what a step says about registries; None: nothing.

    A `push-tag` step names none: its image goes back to where it is.
    """
    place = resolved.step.name.span
    match resolved:
        case ResolvedBuild(step=step):
            needs_login = step.provider is not None and not step.provider.google_app_creds
            return RegistryUse(
                purpose=Purpose.BUILD,
                place=place,
                registry=step.registry,
                image_name=step.image_name,
                disable_push=step.disable_push,
                contexts=step.registry_contexts,
                region=step.region,
                google_build=step.place("provider") if needs_login else None,
            )
        case ResolvedPush(step=PushStep() as step):
            is_inline = isinstance(resolved.destination, Inline)
            return RegistryUse(
                purpose=Purpose.PULL if is_inline else Purpose.PUSH,
                place=place,
                registry=step.registry,
                image_name=step.image_name
                or Text(resolved.image_name.text, resolved.candidate.span),
                from_candidate=resolved.from_candidate,
                contexts=(step.registry_context,) if step.registry_context else (),
                region=None if is_inline else step.region,
            )
        case ResolvedContainer(step=step):
            return _pull(resolved, (step.registry_context,) if step.registry_context else ())
        case ResolvedComposition(step=step):
            return _pull(resolved, step.registry_contexts)
        case ResolvedDeploy(step=step):
            return _pull(resolved, (step.candidate_registry,) if step.candidate_registry else ())
        case _:
            return None


def _pull(resolved: Resolved, contexts: tuple[Text, ...]) -> RegistryUse | None:
    if not contexts:
        return None
    return RegistryUse(purpose=Purpose.PULL, place=resolved.step.name.span, contexts=contexts)


def _all_filled(
    steps: Sequence[Resolved], found: dict[str, Repository | Omission | Inline]
) -> tuple[Resolved, ...]:
    return tuple(_filled(step, found) for step in steps)


def _filled(resolved: Resolved, found: dict[str, Repository | Omission | Inline]) -> Resolved:
    if resolved.hooks:
        resolved = resolved.replaced(hooks=_hooks_filled(resolved.hooks, found))
    if isinstance(resolved, ResolvedBlock):
        return resolved.replaced(members=_all_filled(resolved.members, found))
    if isinstance(resolved, ResolvedBuild | ResolvedPush):
        known = found.get(resolved.id)
        if known and isinstance(resolved.destination, Open):
            return resolved.replaced(destination=known)
    return resolved


def _hooks_filled(
    hooks: Sequence[ResolvedHook], found: dict[str, Repository | Omission | Inline]
) -> tuple[ResolvedHook, ...]:
    return tuple(hook.replaced(members=_all_filled(hook.members, found)) for hook in hooks)
