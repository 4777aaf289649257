"""The checks that need the registries: the codes 200 to 207 of the language, case by case."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from registry_service.queries import Omission, Purpose, Query, Repository
from registry_service.registries import DefaultPush, Provider, Registry, Settings
from registry_service.resolution import resolve
from registry_service.snapshot import Snapshot


def registry(name: str, domain: str, provider: Provider = Provider.OTHER) -> Registry:
    return Registry(name=f"registries/{name}", provider=provider, domain=domain)


MINE = registry("mine", "mine.test")
OTHER = registry("other", "other.test")
TWIN = registry("twin", "mine.test")
ECR = registry("aws", "1.dkr.ecr.eu-west-1.amazonaws.com", Provider.ECR)
GCR = registry("gcr", "gcr.io", Provider.GCR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a case knows."""

    registries: tuple[Registry, ...] = (MINE, OTHER, TWIN, ECR)
    default: Registry | None = MINE
    push: DefaultPush = DefaultPush.AUTO

    def snapshot(self) -> Snapshot:
        return Snapshot(
            registries={each.name: each for each in self.registries},
            settings=Settings(
                default_registry=self.default.name if self.default else "",
                default_push=self.push,
            ),
        )


ALL = Account()
NONE = Account(registries=(), default=None)
UNFLAGGED = Account(default=None)
EXPLICIT = Account(push=DefaultPush.EXPLICIT)
NEVER = Account(push=DefaultPush.NEVER)
GOOGLE = Account(registries=(MINE, GCR))


def build(
    registry_id: str = "",
    *contexts: str,
    name: str | None = "team/app",
    disabled: bool = False,
    region: bool = False,
    google: bool = False,
) -> Query:
    return Query(
        purpose=Purpose.BUILD,
        registry_id=registry_id,
        image_name=name,
        push_disabled=disabled,
        registry_contexts=contexts,
        ecr_required=region,
        google_login_required=google,
    )


def push(registry_id: str = "", *contexts: str, region: bool = False) -> Query:
    return Query(
        purpose=Purpose.PUSH,
        registry_id=registry_id,
        image_name="team/app",
        registry_contexts=contexts,
        ecr_required=region,
    )


def pull(*contexts: str) -> Query:
    return Query(purpose=Purpose.PULL, registry_contexts=contexts)


@pytest.mark.parametrize(
    ("query", "account", "expected"),
    [
        (push(), NONE, [(200, "registry_id")]),
        (push("mine"), NONE, [(200, "registry_id")]),
        (push("nobody"), ALL, [(202, "registry_id")]),
        (push("Mine"), ALL, [(202, "registry_id")]),
        (build("nobody"), ALL, [(202, "registry_id")]),
        (build("nobody", disabled=True), ALL, [(202, "registry_id")]),
        (build("nobody", name=None), ALL, [(202, "registry_id")]),
        (pull("nobody"), ALL, [(202, "registry_contexts[0]")]),
        (pull("mine", "", "nobody"), ALL, [(202, "registry_contexts[2]")]),
        (pull("a", "b"), NONE, [(202, "registry_contexts[0]"), (202, "registry_contexts[1]")]),
        (push("nobody", "none"), ALL, [(202, "registry_id"), (202, "registry_contexts[0]")]),
        (push(), ALL, [(203, "registry_id")]),
        (push(), UNFLAGGED, [(203, "registry_id")]),
        (build(), EXPLICIT, [(204, "registry_id")]),
        (build(), UNFLAGGED, [(205, "registry_id")]),
        (build("mine", region=True), ALL, [(206, "ecr_required")]),
        (push("mine", region=True), ALL, [(206, "ecr_required")]),
        (push(region=True), ALL, [(203, "registry_id"), (206, "ecr_required")]),
        (build("mine", google=True), ALL, [(206, "google_login_required")]),
        (build("mine", "mine", "twin"), ALL, [(207, "registry_contexts[1]")]),
        (pull("mine", "twin", "other", "twin"), ALL, [(207, "registry_contexts[1]")]),
    ],
)
def test_mistake_has_its_code_and_its_place(
    query: Query, account: Account, expected: list[tuple[int, str]]
) -> None:
    resolution = resolve(query, account.snapshot())

    fault = () if isinstance(resolution.result, Repository | Omission) else (resolution.result,)
    told = (*resolution.warnings, *fault, *resolution.step_faults)
    assert [(notice.code, notice.about) for notice in told] == expected


@pytest.mark.parametrize(
    ("query", "account"),
    [
        (push("mine"), ALL),
        (push(), Account(registries=(MINE,), default=None)),
        (build(), ALL),
        (build("mine"), EXPLICIT),
        (build(disabled=True), EXPLICIT),
        (build(disabled=True), UNFLAGGED),
        (build(disabled=True, region=True), ALL),
        (build(), NEVER),
        (build("aws", region=True), ALL),
        (build("mine", google=True), GOOGLE),
        (build("mine", "mine", "mine", "other"), ALL),
        (pull(), NONE),
        (pull("mine", "other"), ALL),
    ],
)
def test_what_is_in_order_gets_no_notice(query: Query, account: Account) -> None:
    resolution = resolve(query, account.snapshot())

    assert isinstance(resolution.result, Repository | Omission)
    assert not resolution.warnings
    assert not resolution.step_faults


@pytest.mark.parametrize(
    ("query", "reason"),
    [(pull("mine"), "PULL_ONLY"), (build("mine", disabled=True), "PUSH_DISABLED")],
)
def test_step_that_does_not_push_says_why(query: Query, reason: str) -> None:
    result = resolve(query, ALL.snapshot()).result

    assert isinstance(result, Omission)
    assert result.reason == reason


def test_registry_is_chosen_though_the_image_has_no_name_yet() -> None:
    result = resolve(build("other", name=None), ALL.snapshot()).result

    assert result == Repository(registry=OTHER, repository="")


def test_no_more_unknown_contexts_are_told_than_somebody_reads() -> None:
    resolution = resolve(pull(*(f"nobody-{n}" for n in range(1000)), "mine"), ALL.snapshot())

    assert [fault.about for fault in resolution.step_faults] == [
        f"registry_contexts[{n}]" for n in range(20)
    ]
