"""What steps ask about registries, and where the answers are shown."""

import pytest

from compiler.language.values import Flag
from compiler.model.registry_questions import (
    RegistryUse,
    answers_to,
    destination,
    is_inline,
    pushes_to_host,
    question_of,
    registry_mistakes,
)
from compiler.model.scope import Scope
from compiler.registries import Omission, Purpose, Repository, RepositoryQuestion
from registry_service.registries import Provider, Registry, Settings
from registry_service.snapshot import Snapshot
from tests.conformance.registries import KnownRegistries
from tests.unit.compiler.model.texts import at, text

_STEP = 9
_SCOPE = Scope(step_types={}, variables={"KNOWN": "mine"})
_MINE = Registry(name="registries/mine", provider=Provider.OTHER, domain="mine.test")
_TWIN = Registry(name="registries/twin", provider=Provider.OTHER, domain="mine.test")
REGISTRIES = KnownRegistries(
    Snapshot(
        registries={_MINE.name: _MINE, _TWIN.name: _TWIN},
        settings=Settings(default_registry=_MINE.name),
    )
)
NOBODY = KnownRegistries(Snapshot())


def use(
    purpose: Purpose = Purpose.PUSH,
    registry: str | None = None,
    *contexts: str,
    name: str = "team/app",
    region: str | None = None,
    disable_push: bool | str | None = None,
    google: bool = False,
) -> RegistryUse:
    """Return a use with `registry` in line 1, the name in 2, region in 3, contexts from 4."""
    return RegistryUse(
        purpose=purpose,
        place=at(_STEP),
        registry=text(registry, 1),
        image_name=text(name, 2),
        region=text(region, 3),
        contexts=tuple(one for line, each in enumerate(contexts, 4) if (one := text(each, line))),
        disable_push=None if disable_push is None else Flag(value=disable_push, span=at(8)),
        google_build=at(7) if google else None,
    )


BUILD, PUSH, PULL = Purpose


@pytest.mark.parametrize(
    ("used", "asked"),
    [
        (
            use(PUSH, "${{KNOWN}}"),
            RepositoryQuestion(purpose=PUSH, registry_id="mine", image_name="team/app"),
        ),
        (
            use(PUSH, "mine", name="${{LATER}}/app"),
            RepositoryQuestion(purpose=PUSH, registry_id="mine", image_name=None),
        ),
        (use(PUSH, "${{LATER}}"), None),
        (
            use(PUSH, "${{LATER}}", "twin"),
            RepositoryQuestion(purpose=PULL, registry_contexts=("twin",)),
        ),
        (use(PULL), None),
        (use(PULL, None, "${{LATER}}"), None),
        (
            use(PULL, None, "${{LATER}}", "twin"),
            RepositoryQuestion(purpose=PULL, registry_contexts=("", "twin")),
        ),
        (
            use(BUILD, disable_push=True, region="${{LATER}}", google=True),
            RepositoryQuestion(
                purpose=BUILD,
                image_name="team/app",
                push_disabled=True,
                ecr_required=True,
                google_login_required=True,
            ),
        ),
        (
            use(BUILD, disable_push=False),
            RepositoryQuestion(purpose=BUILD, image_name="team/app", push_required=True),
        ),
        (
            use(BUILD, disable_push="${{LATER}}"),
            RepositoryQuestion(purpose=BUILD, image_name="team/app"),
        ),
    ],
)
def test_what_is_known_is_asked(used: RegistryUse, asked: RepositoryQuestion | None) -> None:
    assert question_of(used, _SCOPE) == asked


@pytest.mark.parametrize(
    ("used", "registries", "expected"),
    [
        (use(PUSH), NOBODY, [("FR200", _STEP)]),
        (use(PUSH, "hub"), NOBODY, [("FR200", 1)]),
        (use(PUSH, "mien"), REGISTRIES, [("FR202", 1)]),
        (use(PULL, None, "twin", "no", "nobody"), REGISTRIES, [("FR202", 5), ("FR202", 6)]),
        (use(PUSH), REGISTRIES, [("FR203", _STEP)]),
        (use(BUILD), NOBODY, [("FR205", _STEP)]),
        (use(BUILD, "mine", region="eu-west-1"), REGISTRIES, [("FR206", 3)]),
        (use(BUILD, "mine", google=True), REGISTRIES, [("FR206", 7)]),
        (use(BUILD, "mine", "mine", "twin"), REGISTRIES, [("FR207", 5)]),
        (use(PUSH, "mine", name="Team/App"), REGISTRIES, [("FR299", 2)]),
        (use(BUILD, "mine", name="Team/App"), REGISTRIES, []),
        (use(PUSH, "gcr.io"), REGISTRIES, []),
        (use(PUSH, "https://gcr.io/path"), NOBODY, []),
        (use(PUSH, "localhost:5000"), REGISTRIES, [("FR202", 1)]),
        (use(BUILD, "gcr.io"), REGISTRIES, [("FR299", 1)]),
        (use(PUSH, "gcr.io", "nobody"), REGISTRIES, [("FR202", 4)]),
    ],
)
def test_mistake_is_shown_where_it_is_written(
    used: RegistryUse, registries: KnownRegistries, expected: list[tuple[str, int]]
) -> None:
    [answer] = answers_to([used], _SCOPE, registries)

    found = registry_mistakes(used, answer)

    assert [(each.code, each.span.start.line) for each in found] == expected


def test_every_use_gets_its_own_answer() -> None:
    uses = [use(PULL), use(PUSH, "mine"), use(PUSH, "${{LATER}}"), use(BUILD, disable_push=True)]

    found = [destination(answer) for answer in answers_to(uses, _SCOPE, REGISTRIES)]

    assert found == [
        None,
        Repository(registry="registries/mine", repository="mine.test/team/app"),
        None,
        Omission(reason="PUSH_DISABLED", message="the step says `disable_push`"),
    ]


@pytest.mark.parametrize(
    ("registry", "inline"), [("gcr.io", True), ("hub", False), ("mine", False), (None, False)]
)
def test_push_goes_to_a_host_that_is_no_registry(registry: str | None, inline: bool) -> None:
    used = use(PUSH, registry)

    [answer] = answers_to([used], _SCOPE, REGISTRIES)

    assert pushes_to_host(used, answer) is inline


@pytest.mark.parametrize(
    ("registry", "provider", "has_credentials", "inline"),
    [
        ("mine", "ecr", False, True),
        ("mine", "docker", True, False),
        ("gcr.io", None, True, True),
        ("localhost", None, True, True),
        ("registry:5000", None, True, True),
        ("${{HOST}}", None, True, True),
        (None, None, True, True),
        ("gcr.io", None, False, False),
        (None, "docker", False, False),
    ],
)
def test_push_that_brings_its_login_is_inline(
    registry: str | None, provider: str | None, has_credentials: bool, inline: bool
) -> None:
    assert is_inline(text(registry), text(provider), has_credentials) is inline
