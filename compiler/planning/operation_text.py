"""What operations do, in words: the lines that stand below a step of a plan."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from freshet.plan.v1 import operation_pb2 as messages
from freshet.plan.v1.expression_pb2 import Flag, Template
from freshet.plan.v1.operation_pb2 import AnnotationTarget, ApproveOperation, Operation

_MAX_LENGTH = 72
"""Characters of a command that are shown."""
_DEFAULT_DIRECTORIES = ("", "${{main_clone}}")
_THINGS = {
    AnnotationTarget.ENTITY_IMAGE: "image",
    AnnotationTarget.ENTITY_PIPELINE: "pipeline",
    AnnotationTarget.ENTITY_PROJECT: "project",
}
_DECISIONS = {
    ApproveOperation.TIMEOUT_ACTION_APPROVE: "it counts as approved",
    ApproveOperation.TIMEOUT_ACTION_DENY: "it counts as denied",
}


def operation_lines(operation: Operation) -> Iterator[str]:
    """Yield what an operation does; how it does it is indented below the first line."""
    if operation.WhichOneof("kind") == "annotate":
        yield from annotate_lines(operation.annotate)
        return
    first, *rest = _lines(operation)
    yield first + _unless(operation.disabled)
    yield from (f"  {line}" for line in rest)


def annotate_lines(annotate: messages.AnnotateOperation) -> Iterator[str]:
    """Yield what is noted about each thing."""
    for target in annotate.targets:
        if target.annotations:
            notes = ", ".join(_annotation(each) for each in target.annotations)
            yield f"note {notes} about {_thing(target)}"
        if target.removed_keys:
            keys = ", ".join(text(key) for key in target.removed_keys)
            yield f"remove the notes {keys} about {_thing(target)}"


def run_line(run: messages.RunOperation) -> str:
    """Return what a container runs."""
    entry = f" with entry point {_words(run.entrypoint)}" if run.entrypoint.values else ""
    match run.WhichOneof("program"):
        case "script":
            return f"run {_image(run.image)}: {_commands(run.script)}"
        case "arguments":
            return f"run {_image(run.image)}{entry}: {_words(run.arguments)}"
        case _:
            return f"run {_image(run.image)}{entry}"


def composition_words(composition: messages.Composition) -> str:
    """Return the path of a composition, or the names of its services."""
    if composition.WhichOneof("source") == "path":
        return text(composition.path)
    entries = {text(entry.key): entry.value for entry in composition.document.map.entries}
    services = entries["services"].map.entries if "services" in entries else None
    names = (text(entry.key) for entry in services) if services is not None else iter(entries)
    return ", ".join(names)


def text(template: Template) -> str:
    """Return a template as it was written."""
    return "".join(
        part.text if part.WhichOneof("part") == "text" else part.reference.source_text
        for part in template.parts
    )


def one_line(written: str) -> str:
    """Return a text on one line, cut when it is long."""
    joined = " ".join(written.split())
    return joined if len(joined) <= _MAX_LENGTH else f"{joined[: _MAX_LENGTH - 1]}…"


def _lines(operation: Operation) -> Iterator[str]:
    match operation.WhichOneof("kind"):
        case "clone":
            yield from _clone(operation.clone)
        case "build":
            yield from _build(operation.build)
        case "push":
            yield from _push(operation.push)
        case "run":
            yield from _run(operation.run)
        case "compose":
            yield from _compose(operation.compose)
        case "approve":
            yield _approve(operation.approve)
        case "deploy":
            yield from _deploy(operation.deploy)
        case "sign":
            yield f"sign {_image(operation.sign.image)}"
        case "plugin":
            yield _plugin(operation.plugin)


def _clone(clone: messages.CloneOperation) -> Iterator[str]:
    revision = text(clone.revision)
    yield f"clone {text(clone.repository)}" + (f" at {revision}" if revision else "")
    if clone.parent_directory.parts:
        yield f"into {text(clone.parent_directory)}"


def _build(build: messages.BuildOperation) -> Iterator[str]:
    tags = ", ".join(text(tag) for tag in build.tags)
    yield f"build {text(build.image_name)}, tags {tags}"
    directory = text(build.context_directory) or "the repository"
    inline = build.WhichOneof("dockerfile") == "dockerfile_content"
    target = f", target {text(build.target)}" if build.target.parts else ""
    dockerfile = "an inline Dockerfile" if inline else text(build.dockerfile_path)
    yield f"from {directory}, {dockerfile}{target}"
    yield from _named(build.build_arguments)
    if build.platforms:
        yield f"for {', '.join(text(platform) for platform in build.platforms)}"
    match build.builder.WhichOneof("kind"):
        case "dedicated":
            yield f"on a builder of its own{_unless(build.builder.dedicated.disabled)}"
        case "google_cloud_build":
            yield "on Google Cloud Build"


def _push(push: messages.PushOperation) -> Iterator[str]:
    yield f"push {_image(push.image)}"
    for tag in push.tags:
        yield f"to {_destination(push)}:{text(tag)}"


def _destination(push: messages.PushOperation) -> str:
    match push.WhichOneof("destination"):
        case "resolved":
            return push.resolved.repository
        case "inline":
            account = "<AWS account>" if push.inline.WhichOneof("login") == "aws_keys" else ""
            domain = text(push.inline.domain) or account
            name = text(push.inline.image_name)
            return f"{domain}/{name}" if domain else name
        case _:
            registry = text(push.deferred.registry_id) or "default registry"
            return f"<{registry}>/{text(push.deferred.image_name)}"


def _run(run: messages.RunOperation) -> Iterator[str]:
    yield run_line(run)
    if run.image_working_directory_used:
        yield "in the directory of the image"
    elif text(run.working_directory) not in _DEFAULT_DIRECTORIES:
        yield f"in {text(run.working_directory)}"
    yield from _named(run.environment)
    for mount in run.mounts:
        source = text(mount.source) or "the workspace"
        yield f"with {source} at {text(mount.target)}{', read only' if mount.read_only else ''}"


def _compose(compose: messages.ComposeOperation) -> Iterator[str]:
    what = f"the composition {composition_words(compose.composition)}"
    if compose.detached:
        name = f" as {text(compose.environment_name)}" if compose.environment_name.parts else ""
        yield f"start {what}{name}, and leave it running"
    else:
        candidates = ", ".join(candidate.service for candidate in compose.candidates)
        yield f"run {what}, until {candidates} succeeded"
    yield from _named(compose.composition.variables)


def _approve(approve: ApproveOperation) -> str:
    then = _DECISIONS.get(approve.timeout_action, "the run is stopped")
    return f"wait for approval; after {approve.timeout.ToTimedelta()} {then}"


def _deploy(deploy: messages.DeployOperation) -> Iterator[str]:
    if deploy.WhichOneof("target") == "manifest_path":
        what = f"apply {text(deploy.manifest_path)}"
    elif deploy.HasField("candidate"):
        what = f"roll {_image(deploy.candidate)} out to service {text(deploy.service)}"
    else:
        what = f"roll service {text(deploy.service)} out"
    yield f"{what}, within {deploy.timeout.ToTimedelta()}"
    yield f"in namespace {text(deploy.namespace)} of {text(deploy.cluster) or 'the cluster'}"


def _plugin(plugin: messages.PluginOperation) -> str:
    version = f" {text(plugin.version)}" if plugin.version.parts else ""
    keys = ", ".join(text(entry.key) for entry in plugin.arguments.entries)
    return f"run the step {text(plugin.plugin)}{version}" + (f" with {keys}" if keys else "")


def _image(image: messages.ImageSource) -> str:
    of_step = image.WhichOneof("source") == "step_id"
    return f"the image of {image.step_id}" if of_step else text(image.reference)


def _commands(script: messages.ShellScript) -> str:
    if not script.commands:
        return "no commands"
    first, *lines = text(script.commands[0]).strip().splitlines() or [""]
    shown = one_line(f"{first} …" if lines else first)
    more = len(script.commands) - 1
    return f"{shown}, and {more} more command{'s' if more > 1 else ''}" if more else shown


def _words(arguments: messages.ArgumentList) -> str:
    return one_line(" ".join(_word(value) for value in arguments.values))


def _word(value: Template) -> str:
    has_holes = any(part.WhichOneof("part") == "reference" for part in value.parts)
    return text(value) if has_holes else shlex.quote(text(value))


def _named(named: Iterable[messages.NamedTemplate]) -> Iterator[str]:
    for each in named:
        yield f"with {each.name}={text(each.value)}" if each.name else f"with {text(each.value)}"


def _annotation(annotation: messages.Annotation) -> str:
    key = text(annotation.key)
    match annotation.WhichOneof("value"):
        case "text":
            return f"{key}={one_line(text(annotation.text))}"
        case "number":
            return f"{key}={annotation.number:g}"
        case "flag":
            return f"{key}={'true' if annotation.flag else 'false'}"
        case "evaluated":
            return f"whether {key}"
        case _:
            return key


def _thing(target: AnnotationTarget) -> str:
    kind = text(target.entity_type) or _THINGS.get(target.entity, "run")
    return f"{kind} {text(target.entity_id)}" if target.entity_id.parts else f"the {kind}"


def _unless(disabled: Flag) -> str:
    if disabled.WhichOneof("value") != "reference":
        return ""
    return f", {'if' if disabled.negated else 'unless'} {disabled.reference.source_text}"
