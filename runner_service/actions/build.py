"""Builds an image from a Dockerfile."""

import asyncio
from pathlib import Path

from freshet.plan.v1.operation_pb2 import BuildOperation
from freshet.runner.v1.run_pb2 import BuiltImage as BuildResult
from runner_service.actions.admission import admitted
from runner_service.actions.build_accounts import BuildAccounts
from runner_service.actions.build_caches import INLINE_ARGUMENT, cache_sources, cache_targets
from runner_service.actions.build_events import CACHE_USES, telling
from runner_service.actions.build_inputs import secrets_of, ssh_agents_of
from runner_service.context import OperationContext
from runner_service.daemon.buildkit.recipe import read_outside
from runner_service.daemon.port import (
    BuildRequest,
    BuiltImage,
    Dockerfile,
    DockerfilePath,
    InlineDockerfile,
    OutputStream,
)
from runner_service.dockerfile import base_images
from runner_service.images import read_tags
from runner_service.provenance import build_materials
from runner_service.values import Values

_QUIET = "quiet"
_OF_BUILDX = {
    "builder.driver": ("", "docker", "docker-container"),
    "builder.driver_opts": ("",),
    "qemu.image": ("", "tonistiigi/binfmt", "tonistiigi/binfmt:latest"),
    "qemu.platforms": ("", "all"),
}
"""What `buildx` may say without asking for something that is not done here."""


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
    _warn_of_builder(operation, context)
    directory = context.run.workspace.shown(request.context_directory)
    context.say(f"Building {references[0]} from {directory}")
    quiet = values.text(operation.progress) == _QUIET
    images = await asyncio.to_thread(_base_images, request)
    accounts = BuildAccounts(operation, context)
    async with admitted(images, accounts.login, context, pull=request.pull):
        built = await context.run.daemon.build(request, _nothing if quiet else context.write)
    _note_result(built, references, context)
    context.tell(
        imageName=image_name,
        imageTagName=tags[0],
        imageId=built.image_id.removeprefix("sha256:"),
        imageReference=references[0],
        workingDirectory=directory,
    )


def _warn_of_builder(operation: BuildOperation, context: OperationContext) -> None:
    values, builder = context.values, operation.builder.dedicated
    if values.flag(builder.disabled):
        return
    asked = {
        "builder.driver": values.text(builder.driver),
        "builder.driver_opts": values.text(builder.driver_options),
        "qemu.image": values.text(builder.emulator_image),
        "qemu.platforms": values.text(builder.emulator_platforms),
    }
    unused = [name for name, text in asked.items() if text not in _OF_BUILDX[name]]
    if unused:
        context.warn(
            "BUILDX_OPTIONS_UNUSED",
            f"`buildx` has no builder of its own here: {', '.join(unused)} have no effect",
            "the daemon's own BuildKit builds; its machine needs emulators for other platforms",
        )


def _base_images(request: BuildRequest) -> frozenset[str]:
    """Return the images that the Dockerfile names.

    Raises:
        DockerfileNotFound: it cannot be read, and nobody knows whether its accounts may be let in.
    """
    source = request.dockerfile
    text = (
        source.text
        if isinstance(source, InlineDockerfile)
        else read_outside(source.path, request.context_directory).decode(errors="replace")
    )
    return base_images(text, request.build_arguments, request.target or "")


def _nothing(stream: OutputStream, data: bytes) -> None:
    """Drop output."""


async def _request(
    operation: BuildOperation, references: tuple[str, ...], context: OperationContext
) -> BuildRequest:
    values = context.values
    directory = context.run.workspace.locate(
        values.text(operation.context_directory), "working_directory"
    )
    fresh = context.run.layer_cache_disabled or values.flag(operation.layer_cache_disabled)
    accounts = BuildAccounts(operation, context)
    caches = cache_targets(operation.cache_destinations, values)
    arguments = values.named(operation.build_arguments)
    return BuildRequest(
        context_directory=directory,
        dockerfile=_dockerfile(operation, directory, context),
        references=references,
        build_arguments=arguments | ({INLINE_ARGUMENT: "1"} if caches.inline else {}),
        labels=_labels(operation, context),
        target=values.text(operation.target) or None,
        cache_disabled=fresh,
        pull=fresh,  # whoever wants no cache wants no old base image either
        cache_from=cache_sources(operation.cache_sources, values),
        cache_to=caches.entries,
        platforms=_platforms(operation, values),
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


def _platforms(operation: BuildOperation, values: Values) -> tuple[str, ...]:
    # A hole may hold several.
    parts = ",".join(values.text(platform) for platform in operation.platforms).split(",")
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


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
    pulled = context.materials
    context.operation_run.built_image.CopyFrom(
        BuildResult(
            image_id=built.image_id,
            references=[context.run.mask.hide_text(reference) for reference in references],
            cache_use=CACHE_USES[built.cache_use],
            materials=None if pulled is None else build_materials(pulled),
        )
    )
