"""Makes questions of what steps say about registries, and diagnostics of the answers. Pure.

uses = [RegistryUse(...), ...]
for use, answer in answered(uses, scope, registries):
    for diagnostic in registry_mistakes(use, answer): ...
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from compiler import mistakes
from compiler.diagnostics import Diagnostic, Severity
from compiler.language.values import Flag, Text
from compiler.model.scope import Scope
from compiler.record import Record
from compiler.registries import (
    Notice,
    Omission,
    Purpose,
    Registries,
    Repository,
    RepositoryAnswer,
    RepositoryQuestion,
)
from compiler.source import Span

_HOST = (
    r"(?:https?://)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d+)?"
    r"(?:/[\w./~+%@-]*)?(?:\?[\w./~+%@&=;-]*)?(?:#[\w-]*)?"
)
"""What looks like a host or a URL: at least one dot. Source: the validator's URI test."""
_PLAIN_WORD = r"[\w-]+"
_UNKNOWN = RepositoryAnswer(result=None)
_NO_SUCH_REGISTRY = frozenset({"REGISTRY_NOT_FOUND", "NO_REGISTRY"})


class RegistryUse(Record):
    """What a step says about registries. What it does not say is None or empty."""

    purpose: Purpose
    place: Span
    """The name of the step."""
    registry: Text | None = None
    image_name: Text | None = None
    from_candidate: bool = False
    """Whether the name is that of an explicit candidate, whose domain is dropped."""
    disable_push: Flag | None = None
    contexts: tuple[Text, ...] = ()
    """The registries that it pulls with."""
    region: Text | None = None
    google_build: Span | None = None
    """Where it asks for Google Cloud Build without a key of its own."""

    @property
    def names_host(self) -> bool:
        """Whether its registry looks like a host, which need not be a registry's name."""
        return self.registry is not None and re.fullmatch(_HOST, self.registry.text) is not None


def is_inline(registry: Text | None, provider: Text | None, has_credentials: bool) -> bool:
    """Whether a push step brings the address and the login, so that no registry is looked up.

    A plain word cannot be a host: it is the name of a registry, beside credentials too.
    """
    if provider and provider.text == "ecr":
        return True
    names_record = (
        registry and registry.text != "localhost" and re.fullmatch(_PLAIN_WORD, registry.text)
    )
    return has_credentials and not names_record


def answers_to(
    uses: Sequence[RegistryUse], scope: Scope, registries: Registries
) -> list[RepositoryAnswer]:
    """Ask one question for all of `uses`; return an answer for each, in their order."""
    questions = [question_of(use, scope) for use in uses]
    asked = [question for question in questions if question]
    answers = iter(registries.resolve_repositories(asked) if asked else ())
    return [next(answers) if question else _UNKNOWN for question in questions]


def question_of(use: RegistryUse, scope: Scope) -> RepositoryQuestion | None:
    """Return what to ask; None: nothing, or nothing before the run."""
    contexts = tuple(scope.fold(each.text) or "" for each in use.contexts)
    google = use.google_build is not None
    registry = scope.fold(use.registry.text) if use.registry else ""
    if use.purpose is Purpose.PULL or registry is None:
        if not any(contexts) and not google:
            return None
        return RepositoryQuestion(
            purpose=Purpose.PULL, registry_contexts=contexts, google_login_required=google
        )
    disable_push = use.disable_push.value if use.disable_push else None
    return RepositoryQuestion(
        purpose=use.purpose,
        registry_id=registry,
        image_name=scope.fold(use.image_name.text) if use.image_name else None,
        from_candidate=use.from_candidate,
        push_required=disable_push is False,
        push_disabled=disable_push is True,
        registry_contexts=contexts,
        ecr_required=use.region is not None,
        google_login_required=google,
    )


def registry_mistakes(use: RegistryUse, answer: RepositoryAnswer) -> Iterator[Diagnostic]:
    """Yield what those who know the registries say about a step, each at its place."""
    for warning in answer.warnings:
        # The name of what is built is checked without asking.
        if use.purpose is not Purpose.BUILD or warning.reason != "IMAGE_NAME_UPPER_CASE":
            yield _diagnostic(warning, use, Severity.WARNING)
    for fault in answer.step_faults:
        yield _diagnostic(fault, use, Severity.ERROR)
    match answer.result:
        case Notice() as fault if _is_host(use, fault):
            if use.purpose is Purpose.BUILD and use.registry:
                yield mistakes.build_to_host(use.registry.text, use.registry.span)
        case Notice() as fault:
            yield _diagnostic(fault, use, Severity.ERROR)
        case Omission(reason="NO_REGISTRY") as omission if use.purpose is Purpose.BUILD:
            yield mistakes.image_stays(omission.message, use.place)


def pushes_to_host(use: RegistryUse, answer: RepositoryAnswer) -> bool:
    """Whether a push step names a host for which there is no registry; known names win."""
    fault = answer.result
    return use.purpose is Purpose.PUSH and isinstance(fault, Notice) and _is_host(use, fault)


def destination(answer: RepositoryAnswer) -> Repository | Omission | None:
    """Return where the step pushes; None: it is not known before the run."""
    match answer.result:
        case Repository(repository=repository) if repository:
            return answer.result
        case Omission(reason=reason) if reason != "PULL_ONLY":
            return answer.result
        case _:
            return None


def _is_host(use: RegistryUse, fault: Notice) -> bool:
    return use.names_host and fault.reason in _NO_SUCH_REGISTRY


def _diagnostic(notice: Notice, use: RegistryUse, severity: Severity) -> Diagnostic:
    place = _places(use).get(notice.about, use.place)
    return mistakes.registry_fault(
        notice.code, notice.message, notice.help, place, notice.facts, severity
    )


def _places(use: RegistryUse) -> dict[str, Span]:
    """Return where the fields of the question stand."""
    texts = {"registry_id": use.registry, "image_name": use.image_name, "ecr_required": use.region}
    places = {field: text.span for field, text in texts.items() if text}
    for number, context in enumerate(use.contexts):
        places[f"registry_contexts[{number}]"] = context.span
    if use.google_build:
        places["google_login_required"] = use.google_build
    return places
