"""What clients learn of the rights to pull and push at a registry that is tried."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.registry import PASSWORD, Harness, serving
from tests.contract.registry_endpoint import (
    TOKEN,
    Answer,
    Handler,
    Request,
    always,
    answering,
    basic_registry,
    bearer_registry,
)
from tests.contract.trial import PASSED, Trial, draft, try_draft

ERROR = '{{"errors": [{{"code": "{}", "message": "{}"}}]}}'


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with serving(tmp_path / "state") as harness:
        yield harness


async def trial(harness: Harness, handler: Handler, repository: str = "", **login: str) -> Trial:
    async with answering(handler) as endpoint:
        return await try_draft(harness, draft(endpoint.domain, **login), repository)


def uploads(dropped: Answer, location: str = "/uploads/7?state=x") -> Handler:
    """Return a registry whose uploads are at another address than they are begun."""

    def handle(request: Request) -> Answer:
        if request.target == "/v2/":
            return Answer(status=200)
        if request.method == "POST":
            return Answer(status=202, headers={"Location": location})
        if request.method == "DELETE":
            return dropped
        return Answer(status=404, body=ERROR.format("MANIFEST_UNKNOWN", "no such tag"))

    return handle


async def test_upload_that_was_begun_is_dropped(harness: Harness) -> None:
    registry = basic_registry("ann", PASSWORD, uploads(Answer(status=204)))
    async with answering(registry) as endpoint:
        tried = await try_draft(harness, draft(endpoint.domain, repository_prefix="acme"), "app")

    assert (tried.outcomes["PULL"], tried.outcomes["PUSH"]) == (PASSED, PASSED)
    assert tried.messages["PUSH"] == '"ann" may push to "acme/app"'
    granted = [each for each in endpoint.requests if each.authorization]
    assert [(each.method, each.target) for each in granted] == [
        ("GET", "/v2/"),
        ("GET", "/v2/acme/app/manifests/freshet-test"),
        ("POST", "/v2/acme/app/blobs/uploads/"),
        ("DELETE", "/uploads/7?state=x"),
    ]


async def test_registry_that_drops_no_uploads_lets_push_all_the_same(harness: Harness) -> None:
    handler = uploads(Answer(status=405, body=ERROR.format("UNSUPPORTED", "not here")))

    tried = await trial(harness, handler, "app")

    assert tried.outcomes["PUSH"] == PASSED
    assert "HTTP 405: not here" in tried.messages["PUSH"]


async def test_registry_that_breaks_off_while_it_drops_lets_push_all_the_same(
    harness: Harness,
) -> None:
    begun = uploads(Answer(status=500), "http://127.0.0.1:1/upload")

    tried = await trial(harness, begun, "app")

    assert tried.outcomes["PUSH"] == PASSED
    assert "left for the registry to drop" in tried.messages["PUSH"]


async def test_login_that_another_host_asks_for_is_not_given(harness: Harness) -> None:
    async with answering(always(401)) as store, answering(always(200)) as endpoint:
        realm = f"http://{store.domain}/token"
        store.handler = always(401, www_authenticate=f'Bearer realm="{realm}"')
        away = Answer(status=307, headers={"Location": f"http://{store.domain}/blob"})
        endpoint.handler = lambda request: away if "/app/" in request.target else Answer(status=200)
        tried = await try_draft(harness, draft(endpoint.domain), "app")

    assert tried.reasons["PULL"] == "PULL_DENIED"
    assert {(each.target, each.authorization) for each in store.requests} == {("/blob", "")}


async def test_upload_on_another_host_is_dropped_without_the_login(harness: Harness) -> None:
    async with answering(always(204)) as store:
        begun = uploads(Answer(status=500), f"http://{store.domain}/upload")
        tried = await trial(harness, basic_registry("ann", PASSWORD, begun), "app")

    assert tried.outcomes["PUSH"] == PASSED
    assert store.requests == [Request(method="DELETE", target="/upload", authorization="")]


async def test_redirect_to_another_host_gets_no_login(harness: Harness) -> None:
    async with answering(always(200)) as store:
        away = Answer(status=307, headers={"Location": f"http://{store.domain}/blob"})

        def onward(request: Request) -> Answer:
            return away if "/app/" in request.target else Answer(status=200)

        tried = await trial(harness, basic_registry("ann", PASSWORD, onward), "app")

    assert tried.outcomes["PULL"] == PASSED
    assert {each.authorization for each in store.requests} == {""}


@pytest.mark.parametrize(
    ("status", "code", "pull", "push"),
    [
        (404, "MANIFEST_UNKNOWN", "", ""),
        (404, "NAME_UNKNOWN", "", "REPOSITORY_MISSING"),
        (401, "UNAUTHORIZED", "PULL_DENIED", "PUSH_DENIED"),
        (403, "DENIED", "PULL_DENIED", "PUSH_DENIED"),
        (405, "UNSUPPORTED", "PULL_UNSUPPORTED", "PUSH_UNSUPPORTED"),
        (429, "TOOMANYREQUESTS", "RATE_LIMITED", "RATE_LIMITED"),
        (500, "UNKNOWN", "REGISTRY_OUT_OF_ORDER", "REGISTRY_OUT_OF_ORDER"),
    ],
)
async def test_right_is_judged_by_the_registrys_answer(
    harness: Harness, status: int, code: str, pull: str, push: str
) -> None:
    answer = Answer(status=status, body=ERROR.format(code, "in its own words"))

    def handle(request: Request) -> Answer:
        return Answer(status=200) if request.target == "/v2/" else answer

    tried = await trial(harness, handle, "acme/app")

    assert (tried.reasons.get("PULL", ""), tried.reasons.get("PUSH", "")) == (pull, push)
    assert not pull or "in its own words" in tried.messages["PULL"]


async def test_token_is_in_no_message(harness: Harness) -> None:
    async with answering(always(200)) as endpoint:
        then = always(403, f"no rights for {TOKEN}")
        endpoint.handler = bearer_registry("ann", PASSWORD, f"http://{endpoint.domain}/token", then)
        tried = await try_draft(harness, draft(endpoint.domain))

    assert tried.reasons == {"LOGIN": "LOGIN_REFUSED"}
    assert TOKEN not in tried.text


async def test_answer_without_end_is_read_to_the_limit_alone(harness: Harness) -> None:
    async with answering(always(503, "x" * 10_000_000)) as endpoint:
        tried = await try_draft(harness, draft(endpoint.domain))

    assert tried.reasons == {"REACH": "REGISTRY_OUT_OF_ORDER"}
    assert len(tried.text) < 1000
