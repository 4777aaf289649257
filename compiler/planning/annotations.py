"""Annotations and metadata → notes that the run makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compiler.language.parts import (
    Annotation,
    AnnotationRemoval,
    Annotations,
    AnnotationSet,
    ImageMetadata,
    Metadata,
)
from compiler.language.steps import Step
from compiler.language.values import Flag, Number, Text
from compiler.planning.conditions import condition
from compiler.planning.templates import Templates
from freshet.plan.v1 import operation_pb2 as messages
from freshet.plan.v1.operation_pb2 import AnnotateOperation, AnnotationTarget
from freshet.plan.v1.plan_pb2 import OutcomeNote, StepOutcome

_SUCCEEDED = (StepOutcome.STEP_OUTCOME_SUCCEEDED, StepOutcome.STEP_OUTCOME_APPROVED)
_FAILED = (StepOutcome.STEP_OUTCOME_FAILED, StepOutcome.STEP_OUTCOME_DENIED)
_HAS_RUN = (*_SUCCEEDED, *_FAILED, StepOutcome.STEP_OUTCOME_TERMINATED)
"""How a step ends that was run; a skipped one notes nothing."""
_ENTITIES = {
    "build": AnnotationTarget.ENTITY_RUN,
    "workflow": AnnotationTarget.ENTITY_RUN,
    "image": AnnotationTarget.ENTITY_IMAGE,
    "pipeline": AnnotationTarget.ENTITY_PIPELINE,
    "project": AnnotationTarget.ENTITY_PROJECT,
}


def annotate_operation(
    metadata: Metadata | None, annotations: Annotations | None, templates: Templates
) -> AnnotateOperation | None:
    """Return the notes; None: there are none."""
    targets = [
        *(_image(notes, templates) for notes in (metadata.set if metadata else ())),
        *(_set(notes, templates) for notes in (annotations.set if annotations else ())),
        *(_unset(notes, templates) for notes in (annotations.unset if annotations else ())),
    ]
    return AnnotateOperation(targets=targets) if targets else None


def outcome_notes(step: Step, templates: Templates) -> Iterator[OutcomeNote]:
    """Yield what a step notes when it has ended."""
    for notes, outcomes in (
        (step.on_success, _SUCCEEDED),
        (step.on_fail, _FAILED),
        (step.on_finish, _HAS_RUN),
    ):
        if notes and (found := annotate_operation(notes.metadata, notes.annotations, templates)):
            yield OutcomeNote(outcomes=outcomes, annotate=found)


def _image(notes: ImageMetadata, templates: Templates) -> AnnotationTarget:
    return AnnotationTarget(
        entity=AnnotationTarget.ENTITY_IMAGE,
        entity_id=templates.template(notes.image),
        annotations=_annotations(notes.annotations, templates),
    )


def _set(notes: AnnotationSet, templates: Templates) -> AnnotationTarget:
    target = _target(notes, templates)
    target.annotations.extend(_annotations(notes.annotations, templates))
    target.display_key.CopyFrom(templates.template(notes.display))
    return target


def _unset(notes: AnnotationRemoval, templates: Templates) -> AnnotationTarget:
    target = _target(notes, templates)
    target.removed_keys.extend(templates.templates(notes.annotations))
    return target


def _target(notes: AnnotationSet | AnnotationRemoval, templates: Templates) -> AnnotationTarget:
    target = AnnotationTarget(entity_id=templates.template(notes.entity_id))
    written = notes.entity_type.text if notes.entity_type else "build"
    if written in _ENTITIES:
        target.entity = _ENTITIES[written]
    else:  # it has a hole, or is a type that the language does not name
        target.entity_type.CopyFrom(templates.template(written))
    return target


def _annotations(
    annotations: Iterable[Annotation], templates: Templates
) -> list[messages.Annotation]:
    return [_annotation(each, templates) for each in annotations]


def _annotation(annotation: Annotation, templates: Templates) -> messages.Annotation:
    note = messages.Annotation(key=templates.template(annotation.key))
    match annotation.value:
        case Text() as text if annotation.evaluated:
            holds = condition(annotation.key.text, text.text, templates)
            note.evaluated.CopyFrom(holds.term.expression)
        case Text() as text:
            note.text.CopyFrom(templates.template(text))
        case Number(value=number):
            note.number = number
        case Flag(value=bool(flag)):
            note.flag = flag
    return note
