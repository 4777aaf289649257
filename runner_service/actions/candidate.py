"""Finds the image that a push sends: on the daemon, or else in a registry."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from freshet.plan.v1.operation_pb2 import ImageSource, PushOperation, RegistrySelector
from freshet.references import InvalidReference, Reference, parse_reference
from runner_service.actions.admission import LoginFor, admitted
from runner_service.actions.cargo import Cargo, DaemonImage, RegistryImage
from runner_service.context import OperationContext
from runner_service.credentials import pull_login, registry_login
from runner_service.daemon.errors import FailureReason, PullFailed
from runner_service.errors import StepFailed
from runner_service.images import read_registry_ids
from runner_service.registries import Login
from runner_service.transfers import ImageCopy, Place, Refusal

_LIMIT_S = 10.0
"""Of asking a registry for what the daemon has as well."""
_LEFT_TO_THE_DAEMON = (FailureReason.UNREACHABLE, FailureReason.TLS, FailureReason.UNKNOWN)
"""It has ways and certificates of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where a registry has the image."""

    reference: Reference
    """With a tag or a digest."""
    login_for: LoginFor
    on_daemon: DaemonImage | None = None
    """The same image, or what of it the daemon has; None: it has nothing."""


@asynccontextmanager
async def candidate(operation: PushOperation, context: OperationContext) -> AsyncIterator[Cargo]:
    """Lend what `operation` sends, with the connections it needs.

    Raises:
        StepFailed: it is not said properly what that is, or there is no login.
        DaemonError: it is not there.
    """
    if operation.image.WhichOneof("source") == "step_id":
        found = await _of_step(operation.image.step_id, context)
    else:
        found = await _written(operation.image, operation.pull_registry, context)
    async with AsyncExitStack() as opened:
        yield await _opened(found, context, opened) if isinstance(found, _Source) else found


async def _written(
    image: ImageSource, pull_registry: RegistrySelector, context: OperationContext
) -> DaemonImage | _Source:
    """Return the image that is named in the pipeline."""
    written = context.values.text(image.reference)
    try:
        reference = parse_reference(written)
    except InvalidReference as error:
        raise StepFailed("INVALID_REFERENCE", f'candidate "{written}": {error}') from error
    selectors = [pull_registry] if pull_registry.WhichOneof("kind") else []
    contexts = read_registry_ids(selectors, context.values)

    async def login_for(domain: str, repository: str) -> Login:
        return await pull_login(domain, contexts, context, repository)

    found = await context.run.daemon.find_image(written)
    if found is None:
        exact = reference if reference.tag or reference.digest else reference._replace(tag="latest")
        return _Source(reference=exact, login_for=login_for)
    on_daemon = DaemonImage(found.image_id, context)
    origin = _origin(reference, found.repository_digests)
    if origin is None:
        return on_daemon
    # The daemon keeps its own platform alone, the registry has them all.
    return _Source(reference=origin, login_for=login_for, on_daemon=on_daemon)


def _origin(reference: Reference, repository_digests: Iterable[str]) -> Reference | None:
    """Return where the daemon's image came from, if that is the repository of `reference`."""
    places = map(parse_reference, repository_digests)
    return next((each for each in places if each.repository == reference.repository), None)


async def _of_step(step_id: str, context: OperationContext) -> DaemonImage | _Source:
    """Return the image of a step: on the daemon, or else where the step pushed it to."""
    members = context.run.journal.members(step_id)
    image_id, pushed = members.get("imageId"), members.get("imageRepoDigest")
    if not image_id:
        raise StepFailed(
            "IMAGE_NOT_FOUND",
            f'step "{step_id}" made no image',
            "a step whose image is used must have succeeded before",
        )
    on_daemon = DaemonImage(f"sha256:{image_id}", context)
    if not pushed or await context.run.daemon.find_image(on_daemon.image_id):
        return on_daemon
    registry = _pushed_to(step_id, context)

    async def login_for(domain: str, repository: str) -> Login:
        if registry:
            return await registry_login(registry, context)
        return await pull_login(domain, (), context, repository)

    return _Source(reference=parse_reference(pushed), login_for=login_for)


def _pushed_to(step_id: str, context: OperationContext) -> str:
    """Return the registry that a step pushed to last; empty: one without a record."""
    operations = context.run.journal.step_run(step_id).operation_runs
    pushed = [image for each in operations for image in each.pushed_images.pushed_images]
    return pushed[-1].registry if pushed else ""


async def _opened(
    source: _Source, context: OperationContext, opened: AsyncExitStack
) -> RegistryImage | DaemonImage:
    """Return the image as it is copied from where it is."""
    reference = source.reference
    try:
        login = await source.login_for(reference.domain, reference.path)
    except StepFailed:
        if source.on_daemon is None:
            raise
        return source.on_daemon
    remote = await opened.enter_async_context(context.run.transfers.remotes.open(login))
    place = Place(remote=remote, domain=login.domain, path=reference.path)
    return RegistryImage(
        lambda: _copy_from(place, source, context), lambda: _on_daemon(source, context)
    )


async def _copy_from(place: Place, source: _Source, context: OperationContext) -> ImageCopy | None:
    """Return the image to copy; None: it is left to the daemon.

    Raises:
        PullFailed: the registry does not give it.
    """
    reference = source.reference
    try:
        async with asyncio.timeout(_LIMIT_S if source.on_daemon else None):
            image = await place.remote.manifest(place.path, reference.digest or reference.tag)
    except TimeoutError:
        return None
    except Refusal as refusal:
        if source.on_daemon or refusal.reason in _LEFT_TO_THE_DAEMON:
            return None
        raise PullFailed(
            str(reference), refusal.words, refusal.reason, refusal.retry_after_s
        ) from refusal
    context.say(f"Copying {reference}")
    return ImageCopy(
        source=place,
        image=image,
        say=context.say,
        moves=lambda: context.on_output(),  # another one may be set later
    )


async def _on_daemon(source: _Source, context: OperationContext) -> DaemonImage:
    if source.on_daemon is not None:
        return source.on_daemon
    reference, login_for = source.reference, source.login_for
    context.say(f"Pulling {reference}")
    async with admitted([str(reference)], login_for, context, pull=True):
        credentials = (await login_for(reference.domain, reference.path)).credentials
        pulled = await context.run.daemon.pull(str(reference), credentials, context.write)
    return DaemonImage(pulled.image_id, context)
