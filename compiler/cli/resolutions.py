"""Between the compiler's questions about registries and the messages of the contract."""

from compiler.registries import (
    Notice,
    Omission,
    Purpose,
    Repository,
    RepositoryAnswer,
    RepositoryQuestion,
)
from freshet.registry.v1.repository_pb2 import (
    RepositoryQuery,
    RepositoryResolution,
    ResolutionNotice,
)

_PURPOSES = {each: getattr(RepositoryQuery, f"PURPOSE_{each.name}") for each in Purpose}


def query_of(question: RepositoryQuestion) -> RepositoryQuery:
    """Return the message of a question."""
    return RepositoryQuery(
        registry_id=question.registry_id,
        purpose=_PURPOSES[question.purpose],
        image_name=question.image_name,
        from_candidate=question.from_candidate,
        push_required=question.push_required,
        push_disabled=question.push_disabled,
        registry_contexts=question.registry_contexts,
        ecr_required=question.ecr_required,
        google_login_required=question.google_login_required,
    )


def answer_of(resolution: RepositoryResolution) -> RepositoryAnswer:
    """Return the answer of a message."""
    result: Repository | Omission | Notice
    match resolution.WhichOneof("result"):
        case "repository":
            found = resolution.repository
            result = Repository(registry=found.registry, repository=found.repository)
        case "omission":
            omitted = resolution.omission
            result = Omission(reason=omitted.reason, message=omitted.message)
        case _:
            result = _notice(resolution.fault)
    return RepositoryAnswer(
        result=result,
        warnings=tuple(map(_notice, resolution.warnings)),
        step_faults=tuple(map(_notice, resolution.step_faults)),
    )


def _notice(notice: ResolutionNotice) -> Notice:
    return Notice(
        reason=notice.reason,
        code=notice.code,
        message=notice.message,
        help=notice.help,
        facts=dict(notice.facts),
        about=notice.field or "registry_id",
    )
