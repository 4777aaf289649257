"""How the errors of the runner look on the wire."""

from collections.abc import Mapping

import grpc

from freshet.rpc.status import Fault, Violation
from runner_service.daemon.errors import BuildUnsupported, DaemonUnavailable
from runner_service.errors import (
    ArchiveRefused,
    ArchivesFull,
    EventsOutOfRange,
    FeatureUnsupported,
    InvalidRequest,
    OperationUnsupported,
    QueueFull,
    RequestIdReused,
    RunElsewhere,
    RunnerStopping,
    RunNotEnded,
    RunNotFound,
    StoreUnavailable,
    UploadConflict,
    UploadStalled,
)

DOMAIN = "runner.freshet"
_Code = grpc.StatusCode
_OF_A_RUN: Mapping[type[Exception], tuple[grpc.StatusCode, str]] = {
    RunNotFound: (_Code.NOT_FOUND, "RUN_NOT_FOUND"),
    RunNotEnded: (_Code.FAILED_PRECONDITION, "RUN_NOT_ENDED"),
    RunElsewhere: (_Code.FAILED_PRECONDITION, "RUN_ELSEWHERE"),
    RequestIdReused: (_Code.ALREADY_EXISTS, "REQUEST_ID_REUSED"),
}
_PASSING: Mapping[type[Exception], tuple[grpc.StatusCode, str]] = {
    QueueFull: (_Code.RESOURCE_EXHAUSTED, "RUN_QUEUE_FULL"),
    ArchivesFull: (_Code.RESOURCE_EXHAUSTED, "ARCHIVES_FULL"),
    DaemonUnavailable: (_Code.UNAVAILABLE, "DAEMON_UNAVAILABLE"),
    RunnerStopping: (_Code.UNAVAILABLE, "RUNNER_STOPPING"),
    StoreUnavailable: (_Code.UNAVAILABLE, "STORE_UNAVAILABLE"),
}
"""What may go well in a moment."""


def fault_of(error: Exception) -> Fault | None:
    """Return how `error` looks; None when it is none of the runner's."""
    match error:
        case RunNotFound() | RunNotEnded() | RunElsewhere() | RequestIdReused():
            code, reason = _OF_A_RUN[type(error)]
            return _fault(error, code, reason, name=error.name)
        case InvalidRequest():
            return Fault(
                code=_Code.INVALID_ARGUMENT,
                reason="INVALID_REQUEST",
                message=str(error),
                violations=tuple(Violation(*each) for each in error.violations),
            )
        case OperationUnsupported():
            return _fault(
                error,
                _Code.UNIMPLEMENTED,
                "OPERATION_UNSUPPORTED",
                step_id=error.step_id,
                feature=error.feature,
            )
        case BuildUnsupported():
            return Fault(
                code=_Code.FAILED_PRECONDITION,
                reason="BUILD_UNSUPPORTED",
                message=f"{error}; it {error.help}",
                metadata={"feature": error.feature, "engine": error.engine},
            )
        case EventsOutOfRange():
            return _fault(
                error,
                _Code.OUT_OF_RANGE,
                "EVENTS_OUT_OF_RANGE",
                start_sequence=str(error.start),
                first_sequence=str(error.first),
                last_sequence=str(error.last),
            )
        case ArchiveRefused():
            return _fault(error, _Code.INVALID_ARGUMENT, error.reason)
        case UploadConflict():
            return _fault(error, _Code.ABORTED, "UPLOAD_CONFLICT", size_bytes=str(error.size_bytes))
        case UploadStalled():
            return _fault(error, _Code.DEADLINE_EXCEEDED, "UPLOAD_STALLED")
        case FeatureUnsupported():
            return _fault(error, _Code.UNIMPLEMENTED, "FEATURE_UNSUPPORTED", feature=error.feature)
        case _ if passing := _PASSING.get(type(error)):
            code, reason = passing
            return Fault(code=code, reason=reason, message=str(error), retry_delay_s=5.0)
        case _:
            return None


def _fault(error: Exception, code: grpc.StatusCode, reason: str, **metadata: str) -> Fault:
    return Fault(code=code, reason=reason, message=str(error), metadata=metadata)
