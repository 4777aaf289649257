"""Real registries are tried: open, with accounts, with tokens, with TLS and client certificates."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from freshet.registry.v1.registry_pb2 import RegistryTransport
from registry_service.credentials import Credentials
from registry_service.probing import Check, Target, probe
from registry_service.registries import Transport
from tests.contract.registry import Harness, serving
from tests.contract.trial import NOT_TRIED, PASSED, Trial, draft, try_draft
from tests.engine import Account, Registry
from tests.engine.alone import Alone
from tests.engine.client import RegistryClient
from tests.engine.reach import dial_here
from tests.engine.registries import BASIC, MUTUAL_TLS, OPEN, TLS, TOKEN

Registries = Mapping[str, Registry]
_NOBODY = Account(username="", password="")


@pytest.fixture
def registries(lone_registries: Alone) -> Registries:
    return lone_registries.registries


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with serving(tmp_path / "state") as harness:
        yield harness


async def tried(
    harness: Harness, target: Registry, repository: str, account: Account | None = None
) -> Trial:
    account = account or (target.accounts[0] if target.accounts else _NOBODY)
    transport = RegistryTransport(
        ca_certificates_pem=target.ca_certificate_pem or "", plain_http=target.insecure
    )
    registry = draft(target.domain, account.username, account.password, transport=transport)
    return await try_draft(harness, registry, repository)


@pytest.mark.parametrize(
    ("name", "repository"),
    [(OPEN, "team/app"), (BASIC, "team/app"), (TOKEN, "alice/app"), (TLS, "team/app")],
)
async def test_everything_works(
    harness: Harness, registries: Registries, name: str, repository: str
) -> None:
    trial = await tried(harness, registries[name], repository)

    tls = PASSED if name == TLS else NOT_TRIED
    assert trial.outcomes == {
        "REACH": PASSED, "TLS": tls, "LOGIN": PASSED, "PULL": PASSED, "PUSH": PASSED,
    }  # fmt: skip
    assert trial.messages["PUSH"].endswith(f'may push to "{repository}"')  # and all is dropped


async def test_trial_leaves_nothing_behind(harness: Harness, lone_registries: Alone) -> None:
    registry, contents = lone_registries.registries[OPEN], lone_registries.contents(OPEN)

    trial = await tried(harness, registry, "fresh/app")

    catalog = RegistryClient(registry, None, dial_here).request("GET", "/v2/_catalog")
    assert trial.outcomes["PUSH"] == PASSED
    assert b"fresh/app" not in catalog.body
    # The registry itself forgets to remove the state of its hash: the upload is what counts.
    assert list(contents.rglob("fresh/app/_uploads/*/hashstates"))
    assert not list(contents.rglob("fresh/app/_uploads/*/data"))
    assert not list(contents.rglob("fresh/app/_uploads/*/startedat"))


@pytest.mark.parametrize("name", [BASIC, TOKEN, TLS])
async def test_wrong_password_is_refused(
    harness: Harness, registries: Registries, name: str
) -> None:
    stranger = Account(username=registries[name].username, password="not-the-password")

    trial = await tried(harness, registries[name], "team/app", stranger)

    assert trial.reasons == {"LOGIN": "LOGIN_REFUSED"}
    assert "HTTP 401" in trial.messages["LOGIN"]
    assert "not-the-password" not in trial.text


@pytest.mark.parametrize("name", [BASIC, TLS])
async def test_registry_with_accounts_wants_a_login(
    harness: Harness, registries: Registries, name: str
) -> None:
    trial = await tried(harness, registries[name], "team/app", _NOBODY)

    assert trial.reasons == {"LOGIN": "LOGIN_REQUIRED"}


@pytest.mark.parametrize(
    ("repository", "reasons"),
    [
        ("alice/app", {}),
        ("shared/app", {}),
        ("public/app", {"PUSH": "PUSH_DENIED"}),
        ("bob/app", {"PULL": "PULL_DENIED", "PUSH": "PUSH_DENIED"}),
    ],
)
async def test_rights_of_an_account_end_where_the_registry_says(
    harness: Harness, registries: Registries, repository: str, reasons: dict[str, str]
) -> None:
    trial = await tried(harness, registries[TOKEN], repository)

    assert trial.outcomes["LOGIN"] == PASSED
    assert trial.reasons == reasons


async def test_anonymous_user_may_pull_what_is_public(
    harness: Harness, registries: Registries
) -> None:
    trial = await tried(harness, registries[TOKEN], "public/app", _NOBODY)

    assert (trial.outcomes["LOGIN"], trial.outcomes["PULL"]) == (PASSED, PASSED)
    assert trial.reasons == {"PUSH": "PUSH_DENIED"}


@pytest.mark.parametrize(
    ("transport", "subject", "reason"),
    [
        (RegistryTransport(), "TLS", "CERTIFICATE_AUTHORITY_UNKNOWN"),
        (RegistryTransport(plain_http=True), "REACH", "TLS_EXPECTED"),
    ],
)
async def test_wrong_transport_is_told(
    harness: Harness,
    registries: Registries,
    transport: RegistryTransport,
    subject: str,
    reason: str,
) -> None:
    registry = draft(registries[TLS].domain, transport=transport)

    trial = await try_draft(harness, registry)

    assert trial.reasons == {subject: reason}


async def test_registry_asks_for_a_client_certificate(registries: Registries) -> None:
    target = registries[MUTUAL_TLS]

    without = await _probe(target, "", "")
    with_it = await _probe(target, target.client_certificate_pem or "", target.client_key_pem or "")

    assert [check.reason for check in without if check.failed] == ["CLIENT_CERTIFICATE_REQUIRED"]
    assert [check.outcome.name for check in with_it] == [PASSED] * 5


async def test_client_certificate_that_does_not_fit_its_key_is_told(
    registries: Registries,
) -> None:
    target = registries[MUTUAL_TLS]

    checks = await _probe(target, target.ca_certificate_pem or "", target.client_key_pem or "")

    assert [check.reason for check in checks if check.failed] == ["ANSWER_UNACCEPTABLE"]


async def _probe(target: Registry, certificate: str, key: str) -> tuple[Check, ...]:
    transport = Transport(
        ca_certificates_pem=target.ca_certificate_pem or "", client_certificate_pem=certificate
    )
    return await probe(
        Target(
            credentials=Credentials(domain=target.domain),
            transport=transport,
            client_key=key,
            path="team/app",
        )
    )
