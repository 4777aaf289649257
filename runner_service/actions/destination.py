"""Where a push goes: known from the plan, asked of the registry service, or written inline."""

from dataclasses import dataclass

from freshet.plan.v1.operation_pb2 import DeferredDestination, InlineDestination, PushOperation
from freshet.references import DOCKER_HUB, split_reference
from freshet.registry.v1.repository_pb2 import RepositoryQuery, RepositoryResolution
from runner_service.context import OperationContext
from runner_service.credentials import pull_credentials, registry_credentials
from runner_service.daemon.port import Credentials
from runner_service.errors import StepFailed
from runner_service.registries import RegistriesError


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where an image goes, and how to log in there."""

    repository: str
    """Domain and path, without tag."""
    registry: str
    """`registries/{registry}`; empty: one without a record."""
    credentials: Credentials | None
    """None: anonymous."""


async def find_destination(
    operation: PushOperation, context: OperationContext
) -> Destination | None:
    """Return where `operation` pushes; None: the push of a build step that is left out.

    Raises:
        StepFailed: there is no valid answer, or no credentials.
    """
    match operation.WhichOneof("destination"):
        case "resolved":
            resolved = operation.resolved
            return await _recorded(resolved.registry, resolved.repository, context)
        case "deferred":
            return await _deferred(operation.deferred, context)
        case "inline":
            return await _inline(operation.inline, context)
        case None:
            raise StepFailed("INVALID_PLAN", "the push has no destination")


async def _recorded(registry: str, repository: str, context: OperationContext) -> Destination:
    return Destination(
        repository=repository,
        registry=registry,
        credentials=await registry_credentials(registry, context),
    )


async def _deferred(deferred: DeferredDestination, context: OperationContext) -> Destination | None:
    resolution = await _resolve(deferred, context)
    for warning in resolution.warnings:
        context.warn(warning.reason, warning.message, warning.help)
    match resolution.WhichOneof("result"):
        case "repository":
            found = resolution.repository
            return await _recorded(found.registry, found.repository, context)
        case "omission":
            context.say(f"Not pushed: {resolution.omission.message}")
            return None
        case _:
            fault = resolution.fault
            raise StepFailed(fault.reason, fault.message, fault.help)


async def _resolve(
    deferred: DeferredDestination, context: OperationContext
) -> RepositoryResolution:
    query = RepositoryQuery(
        registry_id=context.values.text(deferred.registry_id),
        purpose=(
            RepositoryQuery.PURPOSE_BUILD if deferred.of_build else RepositoryQuery.PURPOSE_PUSH
        ),
        image_name=context.values.text(deferred.image_name),
        from_candidate=deferred.from_candidate,
        push_required=deferred.push_required,
    )
    try:
        return await context.run.registries.resolve(query)
    except RegistriesError as error:
        raise StepFailed(error.reason, f"cannot tell where to push: {error.message}") from error


def _inline_place(inline: InlineDestination, context: OperationContext) -> tuple[str, str]:
    domain = context.values.text(inline.domain)
    name = context.values.text(inline.image_name)
    if domain:
        return domain, name
    named = split_reference(name)
    return named.domain or DOCKER_HUB, named.path


async def _inline(inline: InlineDestination, context: OperationContext) -> Destination:
    domain, path = _inline_place(inline, context)
    if inline.WhichOneof("login") == "password":
        password = context.values.text(inline.password.password)
        context.run.mask.add(password)
        credentials: Credentials | None = Credentials(
            username=context.values.text(inline.password.username), password=password
        )
    else:
        credentials = await pull_credentials(domain, (), context)
    return Destination(repository=f"{domain}/{path}", registry="", credentials=credentials)
