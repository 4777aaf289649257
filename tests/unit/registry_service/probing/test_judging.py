"""What the answers of registries mean, provider by provider."""

from __future__ import annotations

import pytest

from freshet.distribution.words import Answer, Redactor
from registry_service.credentials import Credentials
from registry_service.probing import Subject, Target
from registry_service.probing.judging import judge_login, judge_right
from registry_service.registries import Provider

NO_SECRETS = Redactor("", ())
ANN = Credentials(domain="one.test", username="ann", password="x")
NOBODY = Credentials(domain="one.test")


def answer(status: int, code: str = "", *, of_tokens: bool = False, **headers: str) -> Answer:
    body = f'{{"errors": [{{"code": "{code}"}}]}}'.encode() if code else b""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body=body, of_tokens=of_tokens)


def target(provider: Provider = Provider.OTHER, credentials: Credentials = ANN) -> Target:
    return Target(credentials=credentials, provider=provider, path="acme/app")


@pytest.mark.parametrize(
    ("provider", "advice"),
    [
        (Provider.DOCKER_HUB, "access token"),
        (Provider.GHCR, "`write:packages`"),
        (Provider.GCR, "key file"),
        (Provider.GAR, "key file"),
        (Provider.OTHER, "user name and password"),
    ],
)
def test_refused_login_gets_the_advice_of_its_provider(provider: Provider, advice: str) -> None:
    check = judge_login(answer(401), target(provider), NO_SECRETS, asked=True)

    assert check.reason == "LOGIN_REFUSED"
    assert advice in check.message


@pytest.mark.parametrize(
    ("after", "when"),
    [
        ("7", "try again in 7 s"),
        ("Wed, 21 Oct 2026 07:28:00 GMT", "try again after Wed, 21 Oct 2026 07:28:00 GMT"),
        ("", "try again later"),
        ("x" * 1000, "try again after xxx"),
    ],
)
@pytest.mark.parametrize("credentials", [ANN, NOBODY])
def test_rate_limit_says_when_to_come_again(
    credentials: Credentials, after: str, when: str
) -> None:
    limited = answer(429, retry_after=after)

    check = judge_login(limited, target(credentials=credentials), NO_SECRETS, asked=True)

    assert check.reason == "RATE_LIMITED"
    assert when in check.message
    assert ("log in: that raises the limit" in check.message) == credentials.anonymous
    assert len(check.message) < 200


@pytest.mark.parametrize(
    ("subject", "given", "provider", "reason"),
    [
        (Subject.PULL, answer(200), Provider.OTHER, ""),
        (Subject.PUSH, answer(202), Provider.OTHER, ""),
        (Subject.PULL, answer(404, "MANIFEST_UNKNOWN"), Provider.ECR, ""),
        (Subject.PULL, answer(404, "NAME_UNKNOWN"), Provider.ECR, "REPOSITORY_MISSING"),
        (Subject.PUSH, answer(404, "NAME_UNKNOWN"), Provider.ECR, "REPOSITORY_MISSING"),
        (Subject.PULL, answer(404, "NAME_UNKNOWN"), Provider.GHCR, ""),
        (Subject.PULL, answer(404), Provider.ARTIFACTORY, ""),
        (Subject.PUSH, answer(404), Provider.GAR, "REPOSITORY_MISSING"),
        (Subject.PULL, answer(401, "UNAUTHORIZED"), Provider.DOCKER_HUB, "PULL_DENIED"),
        (Subject.PUSH, answer(403, "DENIED"), Provider.GHCR, "PUSH_DENIED"),
        (Subject.PUSH, answer(405, "UNSUPPORTED"), Provider.OTHER, "PUSH_UNSUPPORTED"),
        (Subject.PUSH, answer(502), Provider.OTHER, "REGISTRY_OUT_OF_ORDER"),
        (Subject.PUSH, answer(403, of_tokens=True), Provider.GHCR, "PUSH_DENIED"),
        (Subject.PUSH, answer(404, of_tokens=True), Provider.OTHER, "PUSH_DENIED"),
        (Subject.PUSH, answer(400, of_tokens=True), Provider.OTHER, "PUSH_DENIED"),
        (Subject.PUSH, answer(500, of_tokens=True), Provider.OTHER, "REGISTRY_OUT_OF_ORDER"),
        (Subject.PUSH, answer(429, of_tokens=True), Provider.OTHER, "RATE_LIMITED"),
    ],
)
def test_right_is_read_from_the_answer(
    subject: Subject, given: Answer, provider: Provider, reason: str
) -> None:
    check = judge_right(subject, given, target(provider), NO_SECRETS)

    assert (check.subject, check.reason) == (subject, reason)


def test_missing_repository_of_ecr_comes_with_the_command_that_makes_it() -> None:
    unknown = answer(404, "NAME_UNKNOWN")

    check = judge_right(Subject.PUSH, unknown, target(Provider.ECR), NO_SECRETS)

    assert "`aws ecr create-repository --repository-name acme/app`" in check.message
