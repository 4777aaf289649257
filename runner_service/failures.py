"""How errors of the daemon become failures of steps: their reasons, and what to do."""

from runner_service.daemon.errors import (
    BuildFailed,
    BuildUnsupported,
    ContextNotFound,
    ContextUnreadable,
    DaemonError,
    DaemonRefused,
    DaemonUnavailable,
    DockerfileNotFound,
    FailureReason,
    ImageNotFound,
    PushFailed,
    TransferFailed,
)
from runner_service.errors import StepFailed

_OUT_OF_MEMORY_EXIT = 137

_TRANSFER_HELP = {
    FailureReason.UNAUTHORIZED: (
        "the registry refused the login; `freshet registry test <name>` tries it alone"
    ),
    FailureReason.DENIED: (
        "the login may not do this there; check the account's rights, the registry's prefix and "
        "the name of the image"
    ),
    FailureReason.NOT_FOUND: (
        "the registry has no such repository; some (ECR) want it created before the first push"
    ),
    FailureReason.RATE_LIMITED: "the registry counts requests; log in or try again later",
    FailureReason.QUOTA: (
        "there is no room left; delete old images there, or have the quota raised"
    ),
    FailureReason.IMMUTABLE_TAG: (
        "the registry lets nobody move this tag; push another one, such as ${{CF_SHORT_REVISION}}"
    ),
    FailureReason.TLS: (
        "the registry's certificate must be one that runner and Docker daemon trust; see "
        "`freshet registry update --ca`"
    ),
    FailureReason.UNVERIFIED: (
        "the tag may be there or not; run the step again when the registry answers"
    ),
    FailureReason.INVALID_REFERENCE: "names are lower case; see the name of the image",
    FailureReason.UNREACHABLE: (
        "the Docker daemon must reach the registry; compare its domain, proxies and firewalls"
    ),
    FailureReason.REGISTRY_ERROR: "the registry itself failed; try again later",
}

_PULL_HELP = {
    **_TRANSFER_HELP,
    FailureReason.NOT_FOUND: (
        "compare the name, the tag and the registry; some registries also say so of what the "
        "login may not read"
    ),
}


def step_failure(error: DaemonError) -> StepFailed:
    """Return the failure of the step that met `error`."""
    reason, help = _reason_and_help(error)
    return StepFailed(reason, str(error), help)


def _reason_and_help(error: DaemonError) -> tuple[str, str]:
    match error:
        case TransferFailed():
            pushed = isinstance(error, PushFailed)
            verb, helps = ("PUSH", _TRANSFER_HELP) if pushed else ("PULL", _PULL_HELP)
            return f"{verb}_{error.reason.name}", helps.get(error.reason, "")
        case BuildFailed(exit_code=code) if code == _OUT_OF_MEMORY_EXIT:
            return (
                "BUILD_KILLED",
                "exit code 137: the command was killed, mostly for want of memory",
            )
        case BuildUnsupported(help=help):
            return "BUILD_UNSUPPORTED", f"it {help}"
        case BuildFailed():
            return "BUILD_FAILED", ""
        case DockerfileNotFound():
            return (
                "DOCKERFILE_NOT_FOUND",
                "`dockerfile` is relative to `working_directory`, which is relative to the "
                "repository",
            )
        case ContextNotFound():
            return "CONTEXT_NOT_FOUND", "`working_directory` is relative to the repository"
        case ContextUnreadable():
            return "CONTEXT_UNREADABLE", ""
        case ImageNotFound():
            return "IMAGE_NOT_FOUND", ""
        case DaemonUnavailable():
            return "DAEMON_UNAVAILABLE", "`freshet status` tells how the daemon is"
        case DaemonRefused():
            return "DAEMON_REFUSED", ""
        case _:
            return "DAEMON_FAILED", ""
