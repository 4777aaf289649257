"""How failures of logins look on the wire."""

from __future__ import annotations

import grpc
import pytest

from registry_service import errors
from registry_service.faults import fault_of

_Code = grpc.StatusCode


@pytest.mark.parametrize(
    ("error", "code", "reason", "facts"),
    [
        (
            errors.CredentialsRefused("mine", "no", "help"),
            _Code.FAILED_PRECONDITION,
            "CREDENTIALS_REFUSED",
            {},
        ),
        (
            errors.ProviderUnreachable("mine", "no"),
            _Code.UNAVAILABLE,
            "PROVIDER_UNREACHABLE",
            {},
        ),
        (
            errors.ProviderAnswerInvalid("mine", "no", "help"),
            _Code.FAILED_PRECONDITION,
            "PROVIDER_ANSWER_INVALID",
            {},
        ),
        (
            errors.HelperFailed("mine", "docker-credential-x", "failed", "help", 7),
            _Code.FAILED_PRECONDITION,
            "CREDENTIAL_HELPER_FAILED",
            {"program": "docker-credential-x", "exit_status": "7"},
        ),
        (
            errors.VariableMissing("mine", "PASSWORD"),
            _Code.FAILED_PRECONDITION,
            "ENVIRONMENT_VARIABLE_MISSING",
            {"variable": "PASSWORD"},
        ),
    ],
)
def test_missing_credentials_have_a_reason_and_their_facts(
    error: errors.CredentialsUnavailable, code: grpc.StatusCode, reason: str, facts: dict[str, str]
) -> None:
    fault = fault_of(error)

    assert fault is not None
    assert (fault.code, fault.reason) == (code, reason)
    assert fault.metadata == {"registry": "mine", "cause": error.cause, **facts}
    assert (fault.retry_delay_s is not None) is (code is _Code.UNAVAILABLE)
