"""Logins of a run: asked of the registry service at the moment of use, and hidden from then on."""

from collections.abc import Sequence

from runner_service.context import OperationContext
from runner_service.daemon.port import Credentials
from runner_service.errors import StepFailed
from runner_service.registries import RegistriesError


async def registry_credentials(
    registry: str, context: OperationContext, *, refused: bool = False
) -> Credentials | None:
    """Return the login of `registries/{registry}`; None: anonymous.

    `refused` says that the registry did not take the login that was returned last.

    Raises:
        StepFailed: the registry is gone or gives no credentials.
    """
    try:
        issued = await context.run.registries.issue_credentials(registry, refused=refused)
    except RegistriesError as error:
        raise StepFailed(
            error.reason, f'no credentials for "{registry}": {error.message}', _HELP
        ) from error
    context.run.mask.add(issued.password)
    if not issued.username:
        return None
    return Credentials(username=issued.username, password=issued.password)


async def pull_credentials(
    domain: str, registry_contexts: Sequence[str], context: OperationContext
) -> Credentials | None:
    """Return the login for pulls from `domain`; None: anonymous.

    Raises:
        StepFailed: a registry context is unknown, or the registry gives no credentials.
    """
    try:
        registry = await context.run.registries.pull_registry(domain, registry_contexts)
    except RegistriesError as error:
        raise StepFailed(
            error.reason, f'no login for pulls from "{domain}": {error.message}', _HELP
        ) from error
    return await registry_credentials(registry, context) if registry else None


_HELP = "`freshet registry list` shows the registries there are"
