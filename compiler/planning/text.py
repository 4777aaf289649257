"""The plan as a person wants to read it: what runs in what order, and what goes where."""

from __future__ import annotations

from collections.abc import Iterator

from freshet.plan.v1.expression_pb2 import Template
from freshet.plan.v1.operation_pb2 import BuildOperation, CloneOperation, Operation, PushOperation
from freshet.plan.v1.plan_pb2 import Plan, Step


def render_plan(plan: Plan) -> str:
    """Return a plan as text; holes stand as they were written."""
    lines: list[str] = []
    for number, step in enumerate(plan.steps, start=1):
        lines += [f"{number}. {_title(step)}", *(f"   {line}" for line in _details(step)), ""]
    if not plan.steps:
        lines += ["nothing to do: the pipeline has no steps", ""]
    if plan.required_variables:
        lines.append(f"variables to give: {', '.join(plan.required_variables)}")
    if plan.required_secrets:
        lines.append(f"secrets to give: {', '.join(plan.required_secrets)}")
    return "\n".join(lines).rstrip("\n") + "\n"


def _title(step: Step) -> str:
    name = step.id if step.display_name == step.id else f"{step.id} ({step.display_name})"
    return f"{name}, stage {step.stage}" if step.stage else name


def _details(step: Step) -> Iterator[str]:
    for operation in step.operations:
        yield from _operation(operation)
    if step.retry_policy.max_attempt_count > 1:
        yield f"tried up to {step.retry_policy.max_attempt_count} times"
    if step.HasField("timeout"):
        yield f"stopped after {step.timeout.ToTimedelta()}"
    fail_fast = step.failure_rule.fail_fast
    if fail_fast.WhichOneof("value") == "constant" and not fail_fast.constant:
        yield "may fail: the run goes on"


def _operation(operation: Operation) -> Iterator[str]:
    match operation.WhichOneof("kind"):
        case "build":
            yield from _build(operation.build)
        case "push":
            unless = _text_of_flag(operation)
            yield from (line + unless for line in _push(operation.push))
        case "clone":
            yield from _clone(operation.clone)
        case kind:
            yield str(kind)


def _build(build: BuildOperation) -> Iterator[str]:
    tags = ", ".join(text(tag) for tag in build.tags)
    yield f"build {text(build.image_name)}, tags {tags}"
    directory = text(build.context_directory) or "the repository"
    inline = build.WhichOneof("dockerfile") == "dockerfile_content"
    yield f"  from {directory}, {'an inline Dockerfile' if inline else text(build.dockerfile_path)}"
    for argument in build.build_arguments:
        yield f"  with {argument.name}={text(argument.value)}"


def _push(push: PushOperation) -> Iterator[str]:
    source = push.image
    of_step = source.WhichOneof("source") == "step_id"
    image = f"the image of {source.step_id}" if of_step else text(source.reference)
    yield f"push {image}"
    for tag in push.tags:
        yield f"  to {_destination(push)}:{text(tag)}"


def _destination(push: PushOperation) -> str:
    match push.WhichOneof("destination"):
        case "resolved":
            return push.resolved.repository
        case "inline":
            return f"{text(push.inline.domain) or 'docker.io'}/{text(push.inline.image_name)}"
        case _:
            registry = text(push.deferred.registry_id) or "default registry"
            return f"<{registry}>/{text(push.deferred.image_name)}"


def _clone(clone: CloneOperation) -> Iterator[str]:
    revision = text(clone.revision)
    yield f"clone {text(clone.repository)}" + (f" at {revision}" if revision else "")


def _text_of_flag(operation: Operation) -> str:
    if not operation.HasField("disabled"):
        return ""
    return f", unless {operation.disabled.reference.source_text}"


def text(template: Template) -> str:
    """Return a template as it was written."""
    return "".join(
        part.text if part.WhichOneof("part") == "text" else part.reference.source_text
        for part in template.parts
    )
