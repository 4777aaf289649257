"""What can go wrong in the registry service.

RegistryServiceError
├── AccessTokenNotFound
├── RegistryNotFound
├── RegistryExists
├── EtagMismatch
├── InvalidRequest
├── ContextsShareDomain
├── LoginUnsupported
├── CredentialsUnavailable     a registry's way to log in yields nothing
│   ├── CredentialsRefused     the provider knows the identity, and says no
│   ├── ProviderUnreachable    no answer, or none in time
│   ├── ProviderAnswerInvalid  an answer that nobody can read
│   ├── HelperFailed
│   └── VariableMissing
├── SealingFailed
└── StoreUnavailable
    ├── StoreDamaged
    ├── StoreFull
    ├── StoreReadOnly
    └── StoreTooNew
"""

from collections.abc import Sequence
from typing import NamedTuple


class Fault(NamedTuple):
    """A rule that a field of a request breaks."""

    field: str
    message: str
    """What is wrong with it, and what was expected."""
    reason: str
    """Tells the rule, stable, UPPER_SNAKE."""


class RegistryServiceError(Exception):
    """An error of the registry service."""


class AccessTokenNotFound(RegistryServiceError):
    """There is no access token of a name."""

    def __init__(self, name: str) -> None:
        """Note the resource name."""
        super().__init__(f'there is no access token "{name}"; it may have been taken away already')
        self.name = name


class RegistryNotFound(RegistryServiceError):
    """There is no registry of a name."""

    def __init__(self, registry_id: str, help: str = "") -> None:
        """Note the name, and what may have been meant."""
        super().__init__(f'there is no registry "{registry_id}"' + (f"; {help}" if help else ""))
        self.registry_id = registry_id


class RegistryExists(RegistryServiceError):
    """The name of a new registry is taken."""

    def __init__(self, registry_id: str) -> None:
        """Note the name."""
        super().__init__(f'there is a registry "{registry_id}" already; choose another name')
        self.registry_id = registry_id


class EtagMismatch(RegistryServiceError):
    """A resource was changed since the caller read it."""

    def __init__(self, name: str) -> None:
        """Note the resource name."""
        super().__init__(f'"{name}" was changed meanwhile; read it again and repeat the change')
        self.name = name


class InvalidRequest(RegistryServiceError):
    """Fields of a request break rules."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Note each rule that is broken."""
        super().__init__("; ".join(f"{fault.field}: {fault.message}" for fault in faults))
        self.faults = tuple(faults)


class ContextsShareDomain(RegistryServiceError):
    """Two registry contexts are for the same domain."""

    def __init__(self, domain: str, first_id: str, second_id: str) -> None:
        """Note the domain and both names."""
        super().__init__(
            f'the registry contexts "{first_id}" and "{second_id}" are both for "{domain}"; '
            "leave one out"
        )
        self.domain = domain
        self.registry_ids = (first_id, second_id)


class LoginUnsupported(RegistryServiceError):
    """This installation cannot log in the way a registry asks for."""

    def __init__(self, registry_id: str, method: str, advice: str) -> None:
        """Note the registry, the way to log in, and what to do."""
        super().__init__(
            f'registry "{registry_id}": this installation cannot log in with {method}; {advice}'
        )
        self.registry_id = registry_id
        self.method = method


class CredentialsUnavailable(RegistryServiceError):
    """The way to log in of a registry yields no credentials."""

    def __init__(self, registry_id: str, cause: str, help: str) -> None:
        """Note the registry, what went wrong without any secret in it, and what to do."""
        super().__init__(f'no credentials for registry "{registry_id}": {cause}; {help}')
        self.registry_id = registry_id
        self.cause = cause


class CredentialsRefused(CredentialsUnavailable):
    """The provider does not give this identity what logs in."""


class ProviderUnreachable(CredentialsUnavailable):
    """The provider does not answer, or says that it cannot now."""

    def __init__(self, registry_id: str, cause: str, help: str = "it is tried again later") -> None:
        """As of its base."""
        super().__init__(registry_id, cause, help)


class ProviderAnswerInvalid(CredentialsUnavailable):
    """The provider answers in a way that nobody can read."""


class HelperFailed(CredentialsUnavailable):
    """A credential helper is missing, failed or took too long."""

    def __init__(
        self, registry_id: str, program: str, cause: str, help: str, exit_status: int | None = None
    ) -> None:
        """Note the program beside what its base notes, and its exit status when it has one."""
        told = "" if exit_status is None else f" (exit status {exit_status})"
        super().__init__(registry_id, f"`{program}` {cause}{told}", help)
        self.program = program
        self.exit_status = exit_status


class VariableMissing(CredentialsUnavailable):
    """The environment of the service lacks a variable, or it is empty."""

    def __init__(self, registry_id: str, variable: str) -> None:
        """Note the name of the variable."""
        super().__init__(
            registry_id,
            f'the environment variable "{variable}" is not set',
            "set it where the registry service starts, and restart the service",
        )
        self.variable = variable


class SealingFailed(RegistryServiceError):
    """The sealing keys cannot be used, or do not open a secret."""

    def __init__(self, message: str, key_id: str = "") -> None:
        """Note what to do, and the id of the key that sealed the secret, if it is one's."""
        super().__init__(message)
        self.key_id = key_id


class StoreUnavailable(RegistryServiceError):
    """The database cannot be opened, read or written."""


class StoreDamaged(StoreUnavailable):
    """The database, or a record in it, cannot be understood."""


class StoreFull(StoreUnavailable):
    """The disk of the database has no space left."""


class StoreReadOnly(StoreUnavailable):
    """The database must not be written."""


class StoreTooNew(StoreUnavailable):
    """A newer version of this service wrote the database."""
