"""The compiler's questions, asked of the registry service."""

from collections.abc import Sequence

from compiler.cli.clients import CALL_LIMIT_S, registry_stub
from compiler.registries import (
    Notice,
    Omission,
    Purpose,
    Repository,
    RepositoryAnswer,
    RepositoryQuestion,
)
from freshet.registry.v1.registry_service_pb2 import ResolveRepositoriesRequest
from freshet.registry.v1.repository_pb2 import (
    RepositoryQuery,
    RepositoryResolution,
    ResolutionNotice,
)

_PURPOSES = {
    Purpose.BUILD: RepositoryQuery.PURPOSE_BUILD,
    Purpose.PUSH: RepositoryQuery.PURPOSE_PUSH,
}


class ServiceRegistries:
    """What the registry service knows. Failed calls raise `CommandError`."""

    def resolve_repositories(
        self, questions: Sequence[RepositoryQuestion]
    ) -> Sequence[RepositoryAnswer]:
        """Return where the steps push."""
        request = ResolveRepositoriesRequest(queries=[_query(each) for each in questions])
        with registry_stub() as stub:
            response = stub.ResolveRepositories(request, timeout=CALL_LIMIT_S)
        return [_answer(resolution) for resolution in response.resolutions]


def _query(question: RepositoryQuestion) -> RepositoryQuery:
    return RepositoryQuery(
        registry_id=question.registry_id,
        purpose=_PURPOSES[question.purpose],
        image_name=question.image_name,
        from_candidate=question.from_candidate,
        push_required=question.push_required,
    )


def _answer(resolution: RepositoryResolution) -> RepositoryAnswer:
    warnings = tuple(_notice(warning) for warning in resolution.warnings)
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
    return RepositoryAnswer(result=result, warnings=warnings)


def _notice(notice: ResolutionNotice) -> Notice:
    return Notice(
        reason=notice.reason,
        code=notice.code,
        message=notice.message,
        help=notice.help,
        facts=dict(notice.facts),
    )
