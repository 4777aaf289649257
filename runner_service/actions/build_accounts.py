"""Which accounts a build logs in with: those for pulls, and for what it writes the step's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from freshet.plan.v1.operation_pb2 import BuildOperation
from freshet.registry.v1.registry_pb2 import AwsOverride
from runner_service.context import OperationContext
from runner_service.credentials import aws_override, pull_choice, pull_login, registry_login
from runner_service.daemon.port import Credentials, RegistryUse
from runner_service.images import read_registry_ids
from runner_service.registries import Login


class BuildAccounts:
    """The accounts of one build; every answer is fresh."""

    def __init__(self, operation: BuildOperation, context: OperationContext) -> None:
        """Pull with the registry contexts of `operation`; write as the pushes of the step do."""
        self._context = context
        self._contexts: Sequence[str] = read_registry_ids(operation.pull_registries, context.values)
        self._pushed = dict(_targets(context))
        self._targets = self._pushed if operation.cache_destinations else {}
        self._aws: AwsOverride | None = None
        if operation.HasField("aws_access"):
            self._aws = aws_override(operation.aws_access, context.values)

    async def credentials(self, use: RegistryUse) -> Credentials | None:
        """Return the account for a use; None: anonymous.

        Raises:
            StepFailed: a registry context is unknown, or a registry gives no credentials.
        """
        target = self._targets.get(use.domain)
        if use.written and target:
            login = await registry_login(target, self._context, aws=self._aws)
        else:
            login = await self.login(use.domain, use.repository)
        return login.credentials

    async def login(self, domain: str, repository: str) -> Login:
        """Return the login for pulls from a repository of a domain; raises as `credentials`."""
        login = await self._aws_login(domain)
        return login or await pull_login(domain, self._contexts, self._context, repository)

    async def _aws_login(self, domain: str) -> Login | None:
        """Return the login of the step's own role or region of AWS, if that is for a domain.

        They belong to the registry that the step pushes to.
        """
        if self._aws is None:
            return None
        for registry in dict.fromkeys(self._pushed.values()):
            login = await registry_login(registry, self._context, aws=self._aws)
            if login.domain == domain:
                return login
        return None

    async def differ(self, domain: str) -> bool:
        """Return whether repositories of a domain have accounts of their own.

        Raises:
            StepFailed: a registry context is unknown.
        """
        choice = await pull_choice(domain, self._contexts, self._context)
        return choice.by_repository or self._targets.get(domain, choice.registry) != choice.registry


def _targets(context: OperationContext) -> Iterator[tuple[str, str]]:
    """Yield domain and registry of each push of the step whose place is known."""
    for operation in context.step.operations:
        if operation.push.WhichOneof("destination") == "resolved":
            resolved = operation.push.resolved
            yield resolved.repository.partition("/")[0], resolved.registry
