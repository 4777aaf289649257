"""Registries that cases know, under the rules of the registry service, asked in process.

The cases beside this file know `main`, the default one with the prefix `team`, and `other`.
"""

from __future__ import annotations

from collections.abc import Sequence

from compiler import registries as port
from registry_service import queries
from registry_service.registries import Provider, Registry, Settings
from registry_service.resolution import resolve
from registry_service.snapshot import Snapshot

_MAIN = Registry(
    name="registries/main",
    provider=Provider.OTHER,
    domain="main.test",
    repository_prefix="team",
)
_OTHER = Registry(name="registries/other", provider=Provider.OTHER, domain="other.test")


class KnownRegistries:
    """Answers the compiler from a snapshot, by the service's own rules."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Know the registries and settings of `snapshot`."""
        self._snapshot = snapshot

    def resolve_repositories(
        self, questions: Sequence[port.RepositoryQuestion]
    ) -> Sequence[port.RepositoryAnswer]:
        """Return what the steps do with registries."""
        return [_answer(resolve(_query(each), self._snapshot)) for each in questions]


class CaseRegistries(KnownRegistries):
    """Knows the two registries of the cases."""

    def __init__(self) -> None:
        """Make `main` the default one."""
        known = {each.name: each for each in (_MAIN, _OTHER)}
        super().__init__(Snapshot(registries=known, settings=Settings(default_registry=_MAIN.name)))


def _query(question: port.RepositoryQuestion) -> queries.Query:
    fields = dict(question.fields()) | {"purpose": queries.Purpose(question.purpose.value)}
    return queries.Query(**fields)


def _answer(resolution: queries.Resolution) -> port.RepositoryAnswer:
    result: port.Repository | port.Omission | port.Notice
    match resolution.result:
        case queries.Repository(registry=registry, repository=repository):
            result = port.Repository(registry=registry.name, repository=repository)
        case queries.Omission(reason=reason, message=message):
            result = port.Omission(reason=reason, message=message)
        case queries.Notice() as fault:
            result = _notice(fault)
    return port.RepositoryAnswer(
        result=result,
        warnings=tuple(map(_notice, resolution.warnings)),
        step_faults=tuple(map(_notice, resolution.step_faults)),
    )


def _notice(notice: queries.Notice) -> port.Notice:
    return port.Notice(
        reason=notice.reason,
        code=notice.code,
        message=notice.message,
        help=notice.help,
        facts=notice.facts,
        about=notice.about,
    )
