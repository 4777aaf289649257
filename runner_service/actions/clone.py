"""Gets a Git repository. This version knows one: the checkout that the run works on."""

from freshet.plan.v1.operation_pb2 import CloneOperation
from runner_service.context import OperationContext
from runner_service.errors import StepFailed


async def clone(operation: CloneOperation, context: OperationContext) -> None:
    """Let the checkout stand for the clone of its own repository.

    Raises:
        StepFailed: another repository is asked for.
    """
    wanted = context.values.text(operation.repository)
    own = _own_repository(context)
    if _path_of(wanted) != own:
        raise StepFailed(
            "CLONE_UNSUPPORTED",
            f'"{wanted}" is not the repository of this checkout, "{own}", and this version of '
            "the runner clones no other",
            "leave the step out, or run Freshet in a checkout of that repository",
        )
    directory = str(context.run.workspace.seen)
    context.say(f"Using the checkout of {own} as {directory}")
    context.tell(
        workingDirectory=directory,
        repo=own,
        revision=context.run.variables.get("CF_REVISION", ""),
    )


def _own_repository(context: OperationContext) -> str:
    variables = context.run.variables
    owner, name = variables.get("CF_REPO_OWNER", ""), variables.get("CF_REPO_NAME", "")
    return f"{owner}/{name}" if owner else name


def _path_of(repository: str) -> str:
    """Return `owner/name` of an address or of itself."""
    path = repository.removesuffix("/").removesuffix(".git")
    if "://" in path:
        path = path.partition("://")[2].partition("/")[2]
    elif "@" in path and ":" in path:
        path = path.partition(":")[2]
    return path
