"""Builds an image from a Dockerfile."""

from pathlib import Path

from freshet.plan.v1.operation_pb2 import BuildOperation
from freshet.runner.v1.run_pb2 import BuiltImage as BuildResult
from runner_service.actions.build_accounts import BuildAccounts
from runner_service.actions.build_events import CACHE_USES, telling
from runner_service.actions.build_inputs import secrets_of, ssh_agents_of
from runner_service.context import OperationContext
from runner_service.daemon.port import (
    BuildRequest,
    BuiltImage,
    Dockerfile,
    DockerfilePath,
    InlineDockerfile,
)
from runner_service.images import read_tags


async def build(operation: BuildOperation, context: OperationContext) -> None:
    """Build the image and note it as what the step made.

    Raises:
        StepFailed: a value of the step is faulty.
        DaemonError: the build failed.
    """
    values = context.values
    tags = read_tags(operation.tags, operation.tag_policy, values)
    image_name = values.text(operation.image_name)
    references = tuple(f"{image_name}:{tag}" for tag in tags)
    request = await _request(operation, references, context)
    if values.flag(operation.squashed):
        context.warn("SQUASH_IGNORED", "`squash` has no effect: the builder does not squash")
    directory = context.run.workspace.shown(request.context_directory)
    context.say(f"Building {references[0]} from {directory}")
    built = await context.run.daemon.build(request, context.write)
    _note_result(built, references, context)
    context.tell(
        imageName=image_name,
        imageTagName=tags[0],
        imageId=built.image_id.removeprefix("sha256:"),
        imageReference=references[0],
        workingDirectory=directory,
    )


async def _request(
    operation: BuildOperation, references: tuple[str, ...], context: OperationContext
) -> BuildRequest:
    values = context.values
    directory = context.run.workspace.locate(
        values.text(operation.context_directory), "working_directory"
    )
    fresh = context.run.layer_cache_disabled or values.flag(operation.layer_cache_disabled)
    accounts = BuildAccounts(operation, context)
    return BuildRequest(
        context_directory=directory,
        dockerfile=_dockerfile(operation, directory, context),
        references=references,
        build_arguments=values.named(operation.build_arguments),
        labels=_labels(operation, context),
        target=values.text(operation.target) or None,
        cache_disabled=fresh,
        pull=fresh,  # whoever wants no cache wants no old base image either
        cache_from=tuple(values.text(source) for source in operation.cache_sources),
        platform=values.text(operation.platforms[0]) if operation.platforms else None,
        secrets=secrets_of(operation, directory, context),
        ssh_agents=await ssh_agents_of(operation, directory, context),
        credentials_for=accounts.credentials,
        accounts_differ=accounts.differ,
        observe=telling(context),
    )


def _labels(operation: BuildOperation, context: OperationContext) -> dict[str, str]:
    """Return the labels that have a value. Whoever pulls the image reads them: no secrets."""
    labels = context.values.named(operation.labels)
    hide = context.run.mask.hide_text
    return {hide(name): hide(text) for name, text in labels.items() if text}


def _dockerfile(
    operation: BuildOperation, directory: Path, context: OperationContext
) -> Dockerfile:
    if operation.WhichOneof("dockerfile") == "dockerfile_content":
        return InlineDockerfile(text=context.values.text(operation.dockerfile_content))
    written = context.values.text(operation.dockerfile_path) or "Dockerfile"
    # Joined to the working directory even when absolute, as the language has it.
    path = context.run.workspace.locate(written.lstrip("/"), "dockerfile", directory)
    return DockerfilePath(path=path)


def _note_result(built: BuiltImage, references: tuple[str, ...], context: OperationContext) -> None:
    context.operation_run.built_image.CopyFrom(
        BuildResult(
            image_id=built.image_id,
            references=[context.run.mask.hide_text(reference) for reference in references],
            cache_use=CACHE_USES[built.cache_use],
        )
    )
