"""Logins of a run: asked of the registry service at the moment of use, and hidden from then on."""

from collections.abc import Sequence

from freshet.plan.v1.operation_pb2 import AwsAccess
from freshet.registry.v1.registry_pb2 import AwsOverride
from runner_service.context import OperationContext
from runner_service.errors import StepFailed
from runner_service.registries import Login, PullChoice, RegistriesError
from runner_service.values import Values


async def registry_login(
    registry: str,
    context: OperationContext,
    *,
    aws: AwsOverride | None = None,
    refused: bool = False,
) -> Login:
    """Return the login of `registries/{registry}`.

    Args:
        registry: Its resource name.
        context: Who asks.
        aws: Role and region in place of those of an ECR registry.
        refused: Whether the registry did not take the login that was returned last.

    Raises:
        StepFailed: the registry is gone or gives no credentials.
    """
    registries = context.run.registries
    try:
        login = await registries.issue_credentials(registry, aws=aws, refused=refused)
    except RegistriesError as error:
        raise StepFailed(
            error.reason, f'no credentials for "{registry}": {error.message}', _HELP
        ) from error
    context.run.mask.add(login.password, login.client_key)
    return login


async def pull_login(
    domain: str, registry_contexts: Sequence[str], context: OperationContext, repository: str = ""
) -> Login:
    """Return the login for pulls from `domain`, or from a `repository` there.

    Raises:
        StepFailed: a registry context is unknown, or the registry gives no credentials.
    """
    choice = await pull_choice(domain, registry_contexts, context, repository)
    if not choice.registry:
        return Login(domain=domain)
    return await registry_login(choice.registry, context)


async def pull_choice(
    domain: str, registry_contexts: Sequence[str], context: OperationContext, repository: str = ""
) -> PullChoice:
    """Return whose login it is that `pull_login` returns.

    Raises:
        StepFailed: a registry context is unknown.
    """
    try:
        return await context.run.registries.pull_choice(domain, registry_contexts, repository)
    except RegistriesError as error:
        raise StepFailed(
            error.reason, f'no login for pulls from "{domain}": {error.message}', _HELP
        ) from error


def aws_override(access: AwsAccess, values: Values) -> AwsOverride:
    """Return role and region of AWS as a step has them, in the words of the registry service."""
    text = values.text
    return AwsOverride(
        region=text(access.region),
        role_arn=text(access.role_arn),
        session_name=text(access.session_name),
        duration_seconds=access.session_duration.seconds,
    )


_HELP = "`freshet registry list` shows the registries there are"
