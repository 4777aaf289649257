"""The registries that cases know: `main` (the default one, prefix `team`) and `other`."""

from collections.abc import Sequence

from compiler.registries import (
    Notice,
    Purpose,
    Repository,
    RepositoryAnswer,
    RepositoryQuestion,
)

_PREFIXES = {"main": "main.test/team", "other": "other.test"}


class CaseRegistries:
    """Answers from a fixed table."""

    def resolve_repositories(
        self, questions: Sequence[RepositoryQuestion]
    ) -> Sequence[RepositoryAnswer]:
        """Return where the steps push."""
        return [_answer(question) for question in questions]


def _answer(question: RepositoryQuestion) -> RepositoryAnswer:
    registry = question.registry_id or "main"
    warnings: tuple[Notice, ...] = ()
    if not question.registry_id and question.purpose is Purpose.PUSH:
        message = "the default registry main is used"
        warnings = (Notice(reason="DEFAULT_REGISTRY_USED", code=203, message=message),)
    if registry not in _PREFIXES:
        message = f'there is no registry "{registry}"'
        fault = Notice(
            reason="REGISTRY_NOT_FOUND", code=202, message=message, help='did you mean "other"?'
        )
        return RepositoryAnswer(result=fault)
    path = question.image_name.rpartition(".test/")[2].partition("@")[0].partition(":")[0]
    found = Repository(
        registry=f"registries/{registry}", repository=f"{_PREFIXES[registry]}/{path}"
    )
    return RepositoryAnswer(result=found, warnings=warnings)
