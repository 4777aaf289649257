"""Rules for conditions, wherever they stand: `when`, `success_criteria`, `evaluate`."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics import Diagnostic
from compiler.language.parts import Annotations, Branch, Conditions, Metadata
from compiler.language.steps import BuildStep, ParallelStep, Step
from compiler.language.values import Text
from compiler.model.scope import Scope


def condition_mistakes(step: Step, scope: Scope) -> Iterator[Diagnostic]:
    """Yield what is wrong with the conditions of a step and of its notes."""
    if step.when:
        yield from _branch_mistakes(step.when.branch, scope)
        yield from expression_mistakes(step.when.condition, scope)
    if isinstance(step, ParallelStep) and step.success_criteria:
        yield from expression_mistakes(step.success_criteria.condition, scope)
    if isinstance(step, BuildStep):
        yield from note_mistakes(step.metadata, step.annotations, scope)
    for notes in (step.on_success, step.on_fail, step.on_finish):
        if notes:
            yield from note_mistakes(notes.metadata, notes.annotations, scope)


def expression_mistakes(conditions: Conditions | None, scope: Scope) -> Iterator[Diagnostic]:
    """Yield what is wrong with named expressions."""
    if conditions is None:
        return
    from compiler.model.conditions import check_condition  # many pipelines need it not

    for each in (*(conditions.all or ()), *(conditions.any or ())):
        yield from check_condition(each.expression, scope)


def note_mistakes(
    metadata: Metadata | None, annotations: Annotations | None, scope: Scope
) -> Iterator[Diagnostic]:
    """Yield what is wrong with the conditions whose truth is noted."""
    found = [note for notes in (metadata.set if metadata else ()) for note in notes.annotations]
    found += (
        note for notes in (annotations.set if annotations else ()) for note in notes.annotations
    )
    for note in (note for note in found if note.evaluated):
        from compiler.model.conditions import check_condition  # as above

        assert isinstance(note.value, Text)
        yield from check_condition(note.value, scope)


def _branch_mistakes(branch: Branch | None, scope: Scope) -> Iterator[Diagnostic]:
    if branch is None:
        return
    from compiler.model.conditions import check_branch_pattern  # as above

    for pattern in (*(branch.only or ()), *(branch.ignore or ())):
        yield from check_branch_pattern(pattern, scope)
