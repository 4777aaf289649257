"""The compiler's questions, asked of the registry service."""

from collections.abc import Sequence

from compiler.cli.clients import CALL_LIMIT_S, registry_stub
from compiler.cli.resolutions import answer_of, query_of
from compiler.registries import RepositoryAnswer, RepositoryQuestion
from freshet.registry.v1.registry_service_pb2 import ResolveRepositoriesRequest


class ServiceRegistries:
    """What the registry service knows. Failed calls raise `CommandError`."""

    def resolve_repositories(
        self, questions: Sequence[RepositoryQuestion]
    ) -> Sequence[RepositoryAnswer]:
        """Return what the steps do with registries."""
        request = ResolveRepositoriesRequest(queries=[query_of(each) for each in questions])
        with registry_stub() as stub:
            response = stub.ResolveRepositories(request, timeout=CALL_LIMIT_S)
        return [answer_of(resolution) for resolution in response.resolutions]
