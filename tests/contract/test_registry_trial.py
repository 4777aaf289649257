"""What clients learn of a registry that is tried: login, stored records and drafts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.registry_pb2 import EcrLogin, Registry, RegistryLogin
from freshet.rpc.status import read_failure
from tests.contract.registry import PASSWORD, Harness, ghcr, serving
from tests.contract.registry_endpoint import (
    Answer,
    Handler,
    always,
    answering,
    basic,
    basic_registry,
    bearer_registry,
)
from tests.contract.trial import NOT_TRIED, PASSED, Trial, draft, try_draft, try_stored

ERROR = '{{"errors": [{{"code": "{}", "message": "{}"}}]}}'


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with serving(tmp_path / "state") as harness:
        yield harness


async def trial(harness: Harness, handler: Handler, repository: str = "", **login: str) -> Trial:
    async with answering(handler) as endpoint:
        return await try_draft(harness, draft(endpoint.domain, **login), repository)


async def test_basic_login_is_accepted(harness: Harness) -> None:
    tried = await trial(harness, basic_registry("ann", PASSWORD))

    assert tried.outcomes == {
        "REACH": PASSED,
        "TLS": NOT_TRIED,
        "LOGIN": PASSED,
        "PULL": NOT_TRIED,
        "PUSH": NOT_TRIED,
    }
    assert tried.messages["LOGIN"].endswith('accepted the login of "ann"')


async def test_refused_login_has_the_registrys_words_and_not_the_password(
    harness: Harness,
) -> None:
    tried = await trial(harness, basic_registry("ann", PASSWORD), username="bob")

    assert tried.reasons == {"LOGIN": "LOGIN_REFUSED"}
    assert "HTTP 401: go away" in tried.messages["LOGIN"]
    assert PASSWORD not in tried.text
    assert basic("bob", PASSWORD).split()[1] not in tried.text


async def test_login_over_a_token_is_accepted(harness: Harness) -> None:
    async with answering(always(200)) as endpoint:
        endpoint.handler = bearer_registry("ann", PASSWORD, f"http://{endpoint.domain}/token?a=b")
        tried = await try_draft(harness, draft(endpoint.domain))

    assert tried.outcomes["LOGIN"] == PASSED
    (asked,) = [each.target for each in endpoint.requests if "/token" in each.target]
    assert asked == "/token?a=b&client_id=freshet&service=me"


async def test_refused_token_has_the_token_endpoints_words(harness: Harness) -> None:
    async with answering(always(200)) as endpoint:
        endpoint.handler = bearer_registry("ann", "other", f"http://{endpoint.domain}/token")
        tried = await try_draft(harness, draft(endpoint.domain))

    assert tried.reasons == {"LOGIN": "LOGIN_REFUSED"}
    assert "incorrect username or password" in tried.messages["LOGIN"]


async def test_open_registry_accepts_everybody_and_says_so(harness: Harness) -> None:
    nobody = await trial(harness, always(200), username="")
    ann = await trial(harness, always(200))

    assert nobody.messages["LOGIN"].endswith("accepted the login of an anonymous user")
    assert ann.messages["LOGIN"].endswith('asks for no login, so that of "ann" was not looked at')


async def test_registry_that_wants_a_login_says_which(harness: Harness) -> None:
    tried = await trial(harness, basic_registry("ann", PASSWORD), username="")

    assert tried.reasons == {"LOGIN": "LOGIN_REQUIRED"}
    assert '(Basic realm="me")' in tried.messages["LOGIN"]


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        (always(503, "too busy"), "REGISTRY_OUT_OF_ORDER", "HTTP 503: too busy"),
        (always(404, "<h1>shop</h1>", content_type="text/html"), "NOT_A_REGISTRY", "HTTP 404;"),
        (always(200, "<h1>shop</h1>", content_type="text/html"), "NOT_A_REGISTRY", "HTTP 200;"),
        (always(429, "slow", retry_after="30"), "RATE_LIMITED", "try again in 30 s"),
        (always(400, "Client sent an HTTP request to an HTTPS server."), "TLS_EXPECTED", "unset"),
        (always(302, location="ftp://x/"), "ANSWER_UNACCEPTABLE", '"ftp://x/"'),
        (always(302, location="/v2/"), "ANSWER_UNACCEPTABLE", "without an end"),
        (
            always(307, location="http://169.254.169.254/"),
            "ANSWER_UNACCEPTABLE",
            "keep their secrets",
        ),
    ],
)
async def test_answer_of_no_registry_is_told(
    harness: Harness, answer: Handler, reason: str, words: str
) -> None:
    tried = await trial(harness, answer)

    assert tried.reasons == {"REACH": reason}
    assert words in tried.messages["REACH"]
    assert tried.outcomes["LOGIN"] == NOT_TRIED


@pytest.mark.parametrize(
    ("realm", "reason"),
    [
        ("not a url", "ANSWER_UNACCEPTABLE"),
        ("http://127.0.0.1:port/", "ANSWER_UNACCEPTABLE"),
        ("ftp://127.0.0.1/token", "ANSWER_UNACCEPTABLE"),
        ("http://169.254.169.254/latest/meta-data", "ANSWER_UNACCEPTABLE"),
        ("http://[fe80::1]/token", "ANSWER_UNACCEPTABLE"),
        ("http://127.0.0.1:1/token", "CONNECTION_REFUSED"),
    ],
)
async def test_senseless_token_endpoint_fails_the_login(
    harness: Harness, realm: str, reason: str
) -> None:
    tried = await trial(harness, bearer_registry("ann", PASSWORD, realm))

    assert tried.reasons == {"LOGIN": reason}


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, "{}", "ANSWER_UNACCEPTABLE"),
        (200, "[" * 100_000, "ANSWER_UNACCEPTABLE"),
        (200, '{"token": 7}', "ANSWER_UNACCEPTABLE"),
        (200, '{"token": "a\\nb"}', "ANSWER_UNACCEPTABLE"),
        (200, '{"token": "' + "a" * 100_000 + '"}', "ANSWER_UNACCEPTABLE"),
        (403, '{"error": "access_denied"}', "LOGIN_REFUSED"),
        (404, "", "LOGIN_UNDECIDED"),
        (500, "", "LOGIN_UNDECIDED"),
    ],
)
async def test_senseless_token_fails_the_login(
    harness: Harness, status: int, body: str, reason: str
) -> None:
    async with answering(always(200)) as endpoint:
        registry = bearer_registry("ann", PASSWORD, f"http://{endpoint.domain}/token")
        token = Answer(status=status, body=body)
        endpoint.handler = lambda request: (
            token if "/token" in request.target else registry(request)
        )
        tried = await try_draft(harness, draft(endpoint.domain))

    assert tried.reasons == {"LOGIN": reason}


async def test_challenge_that_is_not_known_is_told(harness: Harness) -> None:
    tried = await trial(harness, always(401, www_authenticate="Negotiate"))

    assert tried.reasons == {"LOGIN": "LOGIN_REFUSED"}


async def test_stored_registry_is_tried_with_its_secret(harness: Harness) -> None:
    async with answering(basic_registry("ann", PASSWORD)) as endpoint:
        await harness.create("mine", draft(endpoint.domain))
        tried = await try_stored(harness, "mine")

    assert tried.outcomes["LOGIN"] == PASSED


async def test_draft_is_not_stored(harness: Harness) -> None:
    await trial(harness, always(200))

    listed = await harness.stub.ListRegistries(messages.ListRegistriesRequest())

    assert not listed.registries


async def test_registry_behind_a_firewall_is_not_tried(harness: Harness) -> None:
    async with answering(always(200)) as endpoint:
        registry = draft(endpoint.domain, behind_firewall=True)
        tried = await try_draft(harness, registry, "app")

    assert set(tried.outcomes.values()) == {NOT_TRIED}
    assert "behind a firewall" in tried.messages["REACH"]
    assert not endpoint.requests


async def test_registry_that_only_credentials_locate_is_not_tried(harness: Harness) -> None:
    login = RegistryLogin(ecr=EcrLogin(region="eu-west-1"))

    tried = await try_draft(harness, Registry(provider=Registry.PROVIDER_ECR, login=login))

    assert set(tried.outcomes.values()) == {NOT_TRIED}


async def test_lost_sealing_key_fails_the_login_alone(tmp_path: Path) -> None:
    async with answering(basic_registry("ann", PASSWORD)) as endpoint:
        async with serving(tmp_path) as harness:
            await harness.create("mine", draft(endpoint.domain))
        (tmp_path / "sealing.key").unlink()
        async with serving(tmp_path) as harness:
            tried = await try_stored(harness, "mine")

    assert tried.outcomes["REACH"] == PASSED
    assert tried.reasons == {"LOGIN": "CREDENTIALS_UNAVAILABLE"}


@pytest.mark.parametrize(
    ("request_", "field", "reason"),
    [
        (messages.TestRegistryRequest(), "name", "FIELD_REQUIRED"),
        (messages.TestRegistryRequest(draft=Registry()), "draft.provider", "PROVIDER_UNKNOWN"),
        (
            messages.TestRegistryRequest(draft=ghcr(domain="ghcr.io/acme")),
            "draft.domain",
            "DOMAIN_HAS_PATH",
        ),
        (
            messages.TestRegistryRequest(draft=ghcr(), repository="a//b"),
            "repository",
            "IMAGE_NAME_INVALID",
        ),
        (
            messages.TestRegistryRequest(draft=ghcr(), repository="Acme/app"),
            "repository",
            "IMAGE_NAME_UPPER_CASE",
        ),
        (
            messages.TestRegistryRequest(draft=ghcr(), repository="quay.io/app"),
            "repository",
            "DOMAIN_MISMATCH",
        ),
    ],
)
async def test_request_that_breaks_a_rule_is_refused(
    harness: Harness, request_: messages.TestRegistryRequest, field: str, reason: str
) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        await harness.stub.TestRegistry(request_)

    failure = read_failure(raised.value)
    assert failure.code is grpc.StatusCode.INVALID_ARGUMENT
    assert [each for each, _ in failure.violations] == [field]
    assert failure.violation_reasons == (reason,)


async def test_unknown_registry_is_not_found(harness: Harness) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        await try_stored(harness, "none")

    assert read_failure(raised.value).reason == "REGISTRY_NOT_FOUND"


async def test_proxy_of_the_environment_is_not_used_for_this_machine(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with answering(always(502)) as proxy, answering(always(200)) as endpoint:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.domain}")
        near = await try_draft(harness, draft(endpoint.domain))
        far = await try_draft(harness, draft("registry.invalid"))

    assert near.outcomes["LOGIN"] == PASSED
    assert far.reasons == {"REACH": "REGISTRY_OUT_OF_ORDER"}
    assert [each.target for each in proxy.requests] == ["http://registry.invalid/v2/"]
