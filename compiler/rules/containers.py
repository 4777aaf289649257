"""Rules for steps that run containers, and for deployments."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import normpath

from compiler import mistakes
from compiler.diagnostics import Diagnostic
from compiler.language.parts import ServiceSet
from compiler.language.pipeline import Pipeline
from compiler.language.steps import DeployStep, FreestyleStep
from compiler.language.values import Text
from compiler.model.aws import pull_role_mistakes
from compiler.model.scope import Scope, StepReference
from compiler.syntax.nodes import Mapping, Node, Scalar
from compiler.syntax.templates import whole_hole
from compiler.syntax.words import read_words

_VOLUME = "/codefresh/volume"
_SAID_OF_WORDS = {
    "No closing quotation": "a quote is not closed",
    "No escaped character": "nothing follows its last backslash",
}
"""The words of the library that splits, and ours."""
_VOLUME_NAMES = ("${{CF_VOLUME_NAME}}", "${{CF_VOLUME}}")


def freestyle_mistakes(step: FreestyleStep, pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Yield what is wrong with a freestyle step."""
    for first in ("commands", "shell"):
        entry = step.entries.get(first)
        if entry and step.cmd is not None:
            yield mistakes.conflict(
                f'"{first}" and "cmd" exclude each other',
                entry.key.span,
                "keep `commands`, which a shell runs, or `cmd`, which the image gets",
                key=first,
            )
    if step.commands is not None and step.entry_point is not None:
        place = step.place("entry_point") or step.name.span
        yield mistakes.extra_effect(
            '"entry_point" has no effect beside "commands"', place, "remove one of the two"
        )
    for key, value in (("cmd", step.cmd), ("entry_point", step.entry_point)):
        yield from _word_mistakes(key, value)
    for volume in step.volumes:
        yield from _mount_mistakes(volume)
    yield from _service_mistakes(step, pipeline)
    yield from pull_role_mistakes(step.role_arn, step.registry_context)


def pipeline_service_mistakes(services: ServiceSet, scope: Scope) -> Iterator[Diagnostic]:
    """Yield services of the pipeline whose image no step can have built in time."""
    for image in _images(services.composition):
        hole = whole_hole(image.text)
        reference = scope.refer(hole) if hole else None
        if isinstance(reference, StepReference):
            yield mistakes.image_unknown_yet(reference.step, image.span)


def deploy_mistakes(step: DeployStep) -> Iterator[Diagnostic]:
    """Yield what is wrong with a deployment."""
    if step.cluster is None:
        yield mistakes.missing_key("cluster", step.name.span, f'step "{step.name.text}"')
    if step.service is None and step.file_path is None:
        help = "or `file_path`, with a manifest that is applied"
        yield mistakes.missing_key("service", step.name.span, f'step "{step.name.text}"', help)
    if step.service and step.file_path:
        yield mistakes.conflict(
            '"service" and "file_path" exclude each other',
            step.service.span,
            "keep one of them",
            key="service",
        )
    if step.rollout_timeout and not step.rollout_timeout.text.strip().isdecimal():
        text, span = step.rollout_timeout.text, step.rollout_timeout.span
        if "${{" not in text:
            form = "write a number of seconds, as in `'120'`"
            yield mistakes.ignored_time_limit(text, span, form)


def _word_mistakes(key: str, value: tuple[Text, ...] | Text | None) -> Iterator[Diagnostic]:
    if not isinstance(value, Text):
        return
    try:
        read_words(value.text)
    except ValueError as error:
        problem = _SAID_OF_WORDS.get(str(error), str(error))
        yield mistakes.bad_words(key, problem, value.span)


def _mount_mistakes(volume: Text) -> Iterator[Diagnostic]:
    source, _, rest = volume.text.partition(":")
    target, _, mode = rest.partition(":")
    if volume.text.startswith(_VOLUME_NAMES):
        return
    if "${{" not in source and normpath(source.lstrip("/")).startswith(".."):
        yield mistakes.bad_mount(
            volume.text, "its first part leads out of the workspace", volume.span
        )
    elif target.rstrip("/") == _VOLUME:
        problem = f"the workspace is mounted at `{_VOLUME}` already"
        yield mistakes.bad_mount(volume.text, problem, volume.span)
    elif "${{" not in volume.text and not target.startswith("/"):
        problem = "its second part is no absolute path in the container"
        yield mistakes.bad_mount(volume.text, problem, volume.span)
    elif mode and mode not in ("ro", "rw") and "${{" not in volume.text:
        yield mistakes.bad_mount(volume.text, f'"{mode}" is neither `ro` nor `rw`', volume.span)


def _service_mistakes(step: FreestyleStep, pipeline: Pipeline) -> Iterator[Diagnostic]:
    if not isinstance(step.services, tuple):
        return
    services = pipeline.services
    known = (services.name.text,) if services and services.name else ()
    for name in step.services:
        if name.text not in known:
            yield mistakes.unlisted_name(name.text, "set of services", name.span, known)


def _images(composition: Node) -> Iterator[Text]:
    if not isinstance(composition, Mapping):
        return
    for service in composition.entries:
        entry = service.value.get("image") if isinstance(service.value, Mapping) else None
        if entry and isinstance(entry.value, Scalar):
            yield Text(entry.value.text, entry.value.span, entry.value)
