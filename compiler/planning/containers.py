"""Steps that run containers, and the services beside them → operations."""

from __future__ import annotations

from compiler.language.parts import Candidate, Readiness, ServiceSet
from compiler.language.steps import CompositionStep, FreestyleStep, LaunchCompositionStep
from compiler.language.values import Text
from compiler.model.scope import VariableReference
from compiler.model.steps import ResolvedComposition, ResolvedContainer
from compiler.planning.images import image_source, selector, selectors
from compiler.planning.templates import Templates
from compiler.planning.times import count, duration
from compiler.planning.values import value
from compiler.syntax.nodes import Node, Scalar
from compiler.syntax.templates import Hole, read_template, whole_hole
from compiler.syntax.words import read_words
from freshet.plan.v1 import operation_pb2 as messages
from freshet.plan.v1.operation_pb2 import ShellScript

_IMAGE_DIRECTORY = "IMAGE_WORK_DIR"
_WHOLE_WORKSPACE = tuple(VariableReference(name=name) for name in ("CF_VOLUME_NAME", "CF_VOLUME"))
_PERIOD_S = _PROBE_TIMEOUT_S = 10.0
_SUCCESSES = 1
_FAILURES = 3


def run_operation(resolved: ResolvedContainer, templates: Templates) -> messages.RunOperation:
    """Return what a freestyle step does."""
    step = resolved.step
    keeps_directory = bool(
        step.working_directory and step.working_directory.text == _IMAGE_DIRECTORY
    )
    operation = _container(step, templates, resolved.image_of)
    operation.image_working_directory_used = keeps_directory
    if not keeps_directory:
        operation.working_directory.CopyFrom(templates.template(resolved.directory))
    operation.environment.extend(templates.named(step.environment))
    operation.mounts.extend(_mount(volume, templates) for volume in step.volumes)
    return operation


def compose_operation(
    resolved: ResolvedComposition, templates: Templates
) -> messages.ComposeOperation:
    """Return what a step with a composition does."""
    step = resolved.step
    operation = messages.ComposeOperation(
        composition=_composition(step.composition, step.composition_variables, templates),
        working_directory=templates.template(resolved.directory),
        pull_registries=selectors(step.registry_contexts, templates),
    )
    match step:
        case CompositionStep():
            rest = messages.ComposeOperation(
                candidates=[_candidate(each, templates) for each in step.composition_candidates],
                workspace_mounted=templates.flag(step.add_flow_volume_to_composition),
            )
        case LaunchCompositionStep():
            rest = messages.ComposeOperation(
                detached=True,
                environment_name=templates.template(step.environment_name),
                entry_service=templates.template(step.entry_point),
            )
    operation.MergeFrom(rest)
    return operation


def service_set(services: ServiceSet, id: str, templates: Templates) -> messages.ServiceSet:
    """Return services that run beside steps."""
    return messages.ServiceSet(
        id=id,
        composition=_composition(services.composition, services.composition_variables, templates),
        network_shared=templates.flag(services.shared_host_network),
        readiness_probe=_probe(services.readiness, templates) if services.readiness else None,
        setup=_container(services.setup, templates) if services.setup else None,
    )


def _container(
    step: FreestyleStep, templates: Templates, image_of: str = ""
) -> messages.RunOperation:
    """Return image and program of a container."""
    operation = messages.RunOperation(
        image=image_source(step.image, templates, image_of),
        pull_registry=selector(step.registry_context, templates),
    )
    if step.role_arn:
        operation.aws_access.role_arn.CopyFrom(templates.template(step.role_arn))
    if step.commands is not None:  # it replaces the entry point as well
        operation.script.CopyFrom(_script(step, templates))
        return operation
    if step.cmd is not None:
        operation.arguments.CopyFrom(_arguments(step.cmd, templates))
    if step.entry_point is not None:
        operation.entrypoint.CopyFrom(_arguments(step.entry_point, templates))
    return operation


def _script(step: FreestyleStep, templates: Templates) -> ShellScript:
    is_bash = step.shell is not None and step.shell.text == "bash"
    return ShellScript(
        shell=ShellScript.SHELL_BASH if is_bash else ShellScript.SHELL_SH,
        commands=templates.templates(step.commands or ()),
    )


def _arguments(program: tuple[Text, ...] | Text, templates: Templates) -> messages.ArgumentList:
    listed = read_words(program.text) if isinstance(program, Text) else program
    return messages.ArgumentList(values=templates.templates(listed))


def _mount(volume: Text, templates: Templates) -> messages.Mount:
    """Return a mount: `source:target[:ro]`, the source below the workspace."""
    source, target, *mode = (*_split(volume.text, ":"), "")
    hole = whole_hole(source)
    is_whole = hole is not None and templates.scope.refer(hole) in _WHOLE_WORKSPACE
    return messages.Mount(
        source=templates.template("" if is_whole else source),
        target=templates.template(target),
        read_only="ro" in mode,
    )


def _split(text: str, separator: str) -> list[str]:
    """Split a text, but not inside of holes."""
    pieces = [""]
    for part in read_template(text):
        if isinstance(part, Hole):
            pieces[-1] += part.text
        else:
            first, *rest = part.split(separator)
            pieces[-1] += first
            pieces += rest
    return pieces


def _composition(
    document: Node, variables: tuple[Text, ...], templates: Templates
) -> messages.Composition:
    composition = messages.Composition(variables=templates.named(variables))
    if isinstance(document, Scalar):
        composition.path.CopyFrom(templates.template(document.text))
    else:
        composition.document.CopyFrom(value(document, templates))
    return composition


def _candidate(candidate: Candidate, templates: Templates) -> messages.ComposeCandidate:
    return messages.ComposeCandidate(
        service=candidate.service.text, overlay=value(candidate.overlay, templates)
    )


def _probe(readiness: Readiness, templates: Templates) -> messages.ReadinessProbe:
    period, limit = readiness.period_seconds, readiness.timeout_seconds
    return messages.ReadinessProbe(
        run=_container(readiness.run, templates),
        period=duration(period.value if period else _PERIOD_S),
        timeout=duration(limit.value if limit else _PROBE_TIMEOUT_S),
        success_threshold=count(readiness.success_threshold, _SUCCESSES),
        failure_threshold=count(readiness.failure_threshold, _FAILURES),
    )
