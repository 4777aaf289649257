"""Where a push goes: known from the plan, asked of the registry service, or written inline."""

from dataclasses import dataclass, replace

from freshet.plan.v1.operation_pb2 import DeferredDestination, InlineDestination, PushOperation
from freshet.references import DOCKER_HUB, split_reference
from freshet.registry.v1.registry_pb2 import AwsOverride
from freshet.registry.v1.repository_pb2 import RepositoryQuery, RepositoryResolution
from runner_service.context import OperationContext
from runner_service.credentials import aws_override, pull_login, registry_login
from runner_service.errors import StepFailed
from runner_service.registries import Login, RegistriesError


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where an image goes, and how to log in there."""

    path: str
    """Of the repository, in the registry that `login` is for; without tag."""
    registry: str
    """`registries/{registry}`; empty: one without a record."""
    login: Login
    aws: AwsOverride | None = None
    """What the login was asked for with; None: nothing."""

    @property
    def repository(self) -> str:
        """Domain and path, without tag."""
        return f"{self.login.domain}/{self.path}"


async def find_destination(
    operation: PushOperation, context: OperationContext
) -> Destination | None:
    """Return where `operation` pushes; None: the push of a build step that is left out.

    Raises:
        StepFailed: there is no valid answer, or no credentials.
    """
    aws = None
    if operation.HasField("aws_access"):
        aws = aws_override(operation.aws_access, context.values)
    match operation.WhichOneof("destination"):
        case "resolved":
            resolved = operation.resolved
            return await _recorded(resolved.registry, resolved.repository, aws, context)
        case "deferred":
            return await _deferred(operation.deferred, aws, context)
        case "inline":
            return await _inline(operation.inline, context)
        case None:
            raise StepFailed("INVALID_PLAN", "the push has no destination")


async def other_login(destination: Destination, context: OperationContext) -> Destination | None:
    """Return `destination` with another login, as the registry refused the one it has.

    None: there is no other.

    Raises:
        StepFailed: the registry gives no credentials any more.
    """
    if not destination.registry:
        return None
    login = await registry_login(destination.registry, context, aws=destination.aws, refused=True)
    return None if login == destination.login else replace(destination, login=login)


async def _recorded(
    registry: str, repository: str, aws: AwsOverride | None, context: OperationContext
) -> Destination:
    # The login says where the registry is: a role or region of AWS has a domain of its own.
    login = await registry_login(registry, context, aws=aws)
    path = repository.partition("/")[2]
    return Destination(path=path, registry=registry, login=login, aws=aws)


async def _deferred(
    deferred: DeferredDestination, aws: AwsOverride | None, context: OperationContext
) -> Destination | None:
    resolution = await _resolve(deferred, context)
    for warning in resolution.warnings:
        context.warn(warning.reason, warning.message, warning.help)
    match resolution.WhichOneof("result"):
        case "repository":
            found = resolution.repository
            return await _recorded(found.registry, found.repository, aws, context)
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
        username = context.values.text(inline.password.username)
        login = Login(domain=domain, username=username, password=password)
    else:
        login = await pull_login(domain, (), context)
    return Destination(path=path, registry="", login=replace(login, domain=domain))
