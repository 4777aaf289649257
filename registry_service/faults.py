"""How the errors of the registry service look on the wire."""

import grpc

from freshet.rpc.status import Fault, Violation
from registry_service.errors import (
    AccessTokenNotFound,
    ContextsShareDomain,
    CredentialsRefused,
    CredentialsUnavailable,
    EtagMismatch,
    HelperFailed,
    InvalidRequest,
    LoginUnsupported,
    ProviderAnswerInvalid,
    ProviderUnreachable,
    RegistryExists,
    RegistryNotFound,
    SealingFailed,
    StoreDamaged,
    StoreFull,
    StoreReadOnly,
    StoreUnavailable,
    VariableMissing,
)

DOMAIN = "registry.freshet"
_Code = grpc.StatusCode


def fault_of(error: Exception) -> Fault | None:
    """Return how `error` looks; None when it is none of the service's."""
    match error:
        case AccessTokenNotFound():
            return _fault(error, _Code.NOT_FOUND, "ACCESS_TOKEN_NOT_FOUND", name=error.name)
        case RegistryNotFound():
            return _fault(error, _Code.NOT_FOUND, "REGISTRY_NOT_FOUND", registry=error.registry_id)
        case RegistryExists():
            return _fault(
                error, _Code.ALREADY_EXISTS, "REGISTRY_EXISTS", registry=error.registry_id
            )
        case EtagMismatch():
            return _fault(error, _Code.ABORTED, "ETAG_MISMATCH", name=error.name)
        case InvalidRequest():
            return Fault(
                code=_Code.INVALID_ARGUMENT,
                reason="INVALID_REQUEST",
                message=str(error),
                violations=tuple(Violation(*fault) for fault in error.faults),
            )
        case ContextsShareDomain():
            return _contexts_share_domain(error)
        case LoginUnsupported():
            return _fault(
                error,
                _Code.UNIMPLEMENTED,
                "LOGIN_METHOD_UNSUPPORTED",
                registry=error.registry_id,
                method=error.method,
            )
        case CredentialsUnavailable():
            return _credentials_unavailable(error)
        case SealingFailed():
            return _fault(
                error, _Code.FAILED_PRECONDITION, "SECRET_UNREADABLE", key_id=error.key_id
            )
        case StoreDamaged():
            return _fault(error, _Code.DATA_LOSS, "STORE_DAMAGED")
        case StoreFull():
            return _fault(error, _Code.RESOURCE_EXHAUSTED, "STORE_FULL")
        case StoreReadOnly():
            return _fault(error, _Code.FAILED_PRECONDITION, "STORE_READ_ONLY")
        case StoreUnavailable():
            return Fault(
                code=_Code.UNAVAILABLE,
                reason="STORE_UNAVAILABLE",
                message=str(error),
                retry_delay_s=5.0,
            )
        case _:
            return None


def _contexts_share_domain(error: ContextsShareDomain) -> Fault:
    first, second = error.registry_ids
    return Fault(
        code=_Code.INVALID_ARGUMENT,
        reason="CONTEXTS_SHARE_DOMAIN",
        message=str(error),
        metadata={"domain": error.domain, "first": first, "second": second, "code": "207"},
        violations=(Violation("registry_contexts", str(error), "CONTEXTS_SHARE_DOMAIN"),),
    )


def _credentials_unavailable(error: CredentialsUnavailable) -> Fault:
    facts = {"registry": error.registry_id, "cause": error.cause}
    code, retry_delay_s = _Code.FAILED_PRECONDITION, None
    match error:
        case CredentialsRefused():
            reason = "CREDENTIALS_REFUSED"
        case ProviderUnreachable():
            code, reason, retry_delay_s = _Code.UNAVAILABLE, "PROVIDER_UNREACHABLE", 5.0
        case ProviderAnswerInvalid():
            reason = "PROVIDER_ANSWER_INVALID"
        case HelperFailed():
            reason = "CREDENTIAL_HELPER_FAILED"
            facts["program"] = error.program
            if error.exit_status is not None:
                facts["exit_status"] = str(error.exit_status)
        case VariableMissing():
            reason = "ENVIRONMENT_VARIABLE_MISSING"
            facts["variable"] = error.variable
        case _:
            reason = "CREDENTIALS_UNAVAILABLE"
    return Fault(
        code=code,
        reason=reason,
        message=str(error),
        metadata=facts,
        retry_delay_s=retry_delay_s,
    )


def _fault(error: Exception, code: grpc.StatusCode, reason: str, **metadata: str) -> Fault:
    return Fault(code=code, reason=reason, message=str(error), metadata=metadata)
