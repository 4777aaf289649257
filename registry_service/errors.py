"""What can go wrong in the registry service.

RegistryServiceError
├── RegistryNotFound
├── RegistryExists
├── EtagMismatch
├── InvalidRequest
├── ContextsShareDomain
├── LoginUnsupported
├── SealingFailed
└── StoreUnavailable
"""

from collections.abc import Sequence


class RegistryServiceError(Exception):
    """An error of the registry service."""


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

    def __init__(self, violations: Sequence[tuple[str, str]]) -> None:
        """Note each faulty field and what is wrong with it."""
        super().__init__("; ".join(f"{field}: {message}" for field, message in violations))
        self.violations = tuple(violations)


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
    """This version cannot log in the way a registry asks for."""

    def __init__(self, registry_id: str, method: str, advice: str) -> None:
        """Note the registry, the way to log in, and what works instead."""
        super().__init__(
            f'registry "{registry_id}": this version cannot log in with {method}; {advice}'
        )
        self.registry_id = registry_id
        self.method = method


class SealingFailed(RegistryServiceError):
    """The sealing key cannot be used, or does not open a secret."""


class StoreUnavailable(RegistryServiceError):
    """The database cannot be opened, read or written."""
