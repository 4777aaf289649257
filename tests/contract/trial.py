"""Asks a registry service to try registries."""

from __future__ import annotations

from dataclasses import dataclass

from freshet.registry.v1.registry_pb2 import (
    PasswordLogin,
    Registry,
    RegistryLogin,
    RegistryTransport,
)
from freshet.registry.v1.registry_service_pb2 import RegistryCheck, TestRegistryRequest
from tests.contract.registry import PASSWORD, Harness

PASSED, FAILED, NOT_TRIED = "PASSED", "FAILED", "NOT_TRIED"
_ORDER = ["REACH", "TLS", "LOGIN", "PULL", "PUSH"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The checks of an answer, by subject."""

    outcomes: dict[str, str]
    reasons: dict[str, str]
    """Of those that failed."""
    messages: dict[str, str]

    @property
    def text(self) -> str:
        """All that is said."""
        return " ".join(self.messages.values())


def draft(
    domain: str, username: str = "ann", password: str = PASSWORD, **fields: object
) -> Registry:
    """Return a registry on loopback that speaks plain HTTP, if `fields` say nothing else."""
    registry = Registry(
        provider=Registry.PROVIDER_OTHER,
        domain=domain,
        transport=RegistryTransport(plain_http=True),
    )
    if username:
        login = PasswordLogin(username=username, password=password)
        registry.login.CopyFrom(RegistryLogin(password=login))
    for name, value in fields.items():
        registry.ClearField(name)  # type: ignore[arg-type]  # any field of the message
        registry.MergeFrom(Registry(**{name: value}))  # type: ignore[arg-type]
    return registry


async def try_draft(harness: Harness, registry: Registry, repository: str = "") -> Trial:
    """Try a registry that is not stored."""
    request = TestRegistryRequest(draft=registry, repository=repository)
    return read((await harness.stub.TestRegistry(request)).checks)


async def try_stored(harness: Harness, registry_id: str, repository: str = "") -> Trial:
    """Try a registry there is."""
    request = TestRegistryRequest(name=f"registries/{registry_id}", repository=repository)
    return read((await harness.stub.TestRegistry(request)).checks)


def read(checks: object) -> Trial:
    """Return what `checks` say; there is one for each subject, in order."""
    named = {}
    for check in checks:  # type: ignore[attr-defined]  # a repeated field
        named[RegistryCheck.Subject.Name(check.subject).removeprefix("SUBJECT_")] = check
    assert list(named) == _ORDER
    outcomes = {
        subject: RegistryCheck.Outcome.Name(check.outcome).removeprefix("OUTCOME_")
        for subject, check in named.items()
    }
    return Trial(
        outcomes=outcomes,
        reasons={subject: check.reason for subject, check in named.items() if check.reason},
        messages={subject: check.message for subject, check in named.items()},
    )
