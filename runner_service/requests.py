"""Checks requests: all faults of one are found together."""

import hashlib
import re
import uuid
from collections.abc import Iterator, Mapping

from freshet.plan.v1.plan_pb2 import Plan
from freshet.runner.v1.run_pb2 import RunNotice
from freshet.runner.v1.runner_service_pb2 import CreateRunRequest
from runner_service.capability import require_capabilities
from runner_service.encodings import SHORT_LENGTH
from runner_service.errors import InvalidRequest
from runner_service.sources import Sources
from runner_service.store.port import RunRequest

_MAX_PIPELINE_LENGTH = 512
_MOST_SECRET_BYTES = 512 * 1024
"""Of all secrets together; each byte takes some hundred of memory while output is searched."""
_VARIABLE = re.compile(r"[^=\0]+")


def secret_values(request: CreateRunRequest) -> dict[str, str]:
    """Return the values that a run hides, by the names of variables and by `store/key`."""
    names = [name for name in request.secret_variable_names if name in request.variables]
    return {**{name: request.variables[name] for name in names}, **request.secrets}


def short_secret_notices(secrets: Mapping[str, str]) -> Iterator[RunNotice]:
    """Warn of secrets, given by their names, that are too short to be hidden well."""
    for name, value in sorted(secrets.items()):
        if 0 < len(value) < SHORT_LENGTH:
            yield RunNotice(
                severity=RunNotice.SEVERITY_WARNING,
                reason="SECRET_TOO_SHORT",
                message=f'the secret "{name}" is shorter than {SHORT_LENGTH} characters: wherever '
                "the output has them, it shows `****`, and encoded they are not hidden",
                help="choose a longer secret, or make it a plain variable",
            )


def check_create_run(request: CreateRunRequest, sources: Sources, *, local_peer: bool) -> None:
    """Check a request to create a run; `local_peer`: it came over a Unix socket.

    Raises:
        InvalidRequest: fields are faulty.
        OperationUnsupported: the plan asks for what this runner cannot do.
    """
    violations = [
        *_plan_violations(request.plan),
        *_variable_violations(request),
        *sources.violations(request.workspace, local_peer=local_peer),
        *_label_violations(request),
    ]
    if violations:
        raise InvalidRequest(violations)
    require_capabilities(request.plan)


def run_request(request: CreateRunRequest) -> RunRequest:
    """Return what is stored of a request: all but the plan, and of secrets the names alone."""
    kept = CreateRunRequest()
    kept.CopyFrom(request)
    kept.ClearField("plan")
    for name in request.secrets:
        kept.secrets[name] = ""
    for name in request.secret_variable_names:
        kept.variables[name] = ""
    message = kept.SerializeToString(deterministic=True)
    # Secrets are no part of it: a hash of one that is easily guessed would give it away.
    plan = request.plan.SerializeToString(deterministic=True)
    digest = hashlib.sha256(len(message).to_bytes(8, "big") + message + plan).digest()
    return RunRequest(id=request.request_id, digest=digest, message=message)


def _plan_violations(plan: Plan) -> Iterator[tuple[str, str]]:
    known: set[str] = set()
    for index, step in enumerate(plan.steps):
        field = f"plan.steps[{index}]"
        if not step.id:
            yield f"{field}.id", "is empty"
        if step.id in known:
            yield f"{field}.id", f'"{step.id}" is the id of an earlier step too'
        for edge in step.start_rule.dependencies:
            if edge.node_id not in known:
                yield f"{field}.start_rule", f'"{edge.node_id}" is no earlier step'
            if not edge.outcomes:
                yield f"{field}.start_rule", f'the edge to "{edge.node_id}" has no outcomes'
        known.add(step.id)
        for operation in step.operations:
            source = operation.push.image if operation.HasField("push") else None
            if source and source.WhichOneof("source") == "step_id" and source.step_id not in known:
                yield f"{field}.operations", f'"{source.step_id}" is no step before or this one'
            if operation.HasField("push") and not operation.push.tags:
                yield f"{field}.operations", "a push has no tags"


def _variable_violations(request: CreateRunRequest) -> Iterator[tuple[str, str]]:
    for name in request.variables:
        if not _VARIABLE.fullmatch(name):
            yield "variables", f'"{name}" is no name of a variable'
    for name in request.secret_variable_names:
        if name not in request.variables:
            yield "secret_variable_names", f'"{name}" is not among the variables'
    # A variable without value stays in the text as it is written; a secret must not.
    for name in request.plan.required_secrets:
        if name not in request.secrets:
            yield "secrets", f'the plan needs "{name}"'
    if sum(map(len, secret_values(request).values())) > _MOST_SECRET_BYTES:
        yield "secrets", f"are more than {_MOST_SECRET_BYTES} bytes together with secret variables"


def _label_violations(request: CreateRunRequest) -> Iterator[tuple[str, str]]:
    if len(request.pipeline) > _MAX_PIPELINE_LENGTH:
        yield "pipeline", f"is longer than {_MAX_PIPELINE_LENGTH} characters"
    if request.request_id and not _is_uuid(request.request_id):
        yield "request_id", f'"{request.request_id}" is no UUID'


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
