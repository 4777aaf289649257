"""Secrets come in and never out: over any run of calls, in no answer, error, log or file."""

from __future__ import annotations

import asyncio
import json
import logging
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TypeVar

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.registry_pb2 import (
    AzureLogin,
    EcrLogin,
    EnvironmentLogin,
    GoogleLogin,
    HelperLogin,
    PasswordLogin,
    Registry,
    RegistryLogin,
    RegistryTransport,
)
from freshet.rpc.status import read_failure
from registry_service.sealing_keys import KEY_FILE_NAME, rotate_key
from tests.contract.registry import PASSWORD, Harness, ghcr, refused, serving
from tests.engine.certificates import Authority, KeyPair

CANARY = "canary-"
AUTHORITY = Authority.new("Clients of a test")
PAIR, OTHER_PAIR = AUTHORITY.issue("client.test"), AUTHORITY.issue("other.test")
T = TypeVar("T")
_Code = grpc.StatusCode


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with serving(tmp_path / "state") as harness:
        yield harness


async def update(harness: Harness, registry: Registry, *paths: str) -> Registry:
    registry.name = registry.name or "registries/mine"
    request = messages.UpdateRegistryRequest(
        registry=registry, update_mask=FieldMask(paths=paths) if paths else None
    )
    return (await harness.stub.UpdateRegistry(request)).registry


async def issue(harness: Harness, **fields: object) -> messages.IssueRegistryCredentialsResponse:
    request = messages.IssueRegistryCredentialsRequest(name="registries/mine")
    request.MergeFrom(messages.IssueRegistryCredentialsRequest(**fields))  # type: ignore[arg-type]
    return await harness.stub.IssueRegistryCredentials(request)


async def reseal(harness: Harness) -> messages.ResealSecretsResponse:
    return await harness.stub.ResealSecrets(messages.ResealSecretsRequest())


def with_pair(certificate: bytes = b"", key: bytes = b"", **fields: object) -> Registry:
    transport = RegistryTransport(
        client_certificate_pem=certificate.decode(), client_private_key_pem=key.decode()
    )
    return ghcr(transport=transport, **fields)


# Any run of calls


_LOGINS: dict[str, Callable[[str], RegistryLogin]] = {
    "password": lambda secret: RegistryLogin(
        password=PasswordLogin(username="ann", password=secret)
    ),
    "ecr": lambda secret: RegistryLogin(
        ecr=EcrLogin(region="eu-west-1", access_key_id="AKIA", secret_access_key=secret)
    ),
    "google": lambda secret: RegistryLogin(
        google=GoogleLogin(
            keyfile_json=json.dumps({"project_id": "shop", "private_key": secret}) if secret else ""
        )
    ),
    "broken keyfile": lambda secret: RegistryLogin(google=GoogleLogin(keyfile_json=secret)),
    "azure": lambda secret: RegistryLogin(azure=AzureLogin(client_id="app", client_secret=secret)),
    "helper": lambda _secret: RegistryLogin(helper=HelperLogin(helper="nowhere")),
    "environment": lambda _secret: RegistryLogin(
        environment=EnvironmentLogin(username_variable="NO_1", password_variable="NO_2")
    ),
}
_PLACES = {
    Registry.PROVIDER_GHCR: "ghcr.io",
    Registry.PROVIDER_ECR: "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    Registry.PROVIDER_GCR: "gcr.io",
    Registry.PROVIDER_ACR: "acme.azurecr.io",
    Registry.PROVIDER_OTHER: "x y",
}
_MASKS = (
    (),
    ("*",),
    ("login",),
    ("login.password.password",),
    ("login.google.keyfile_json",),
    ("transport",),
    ("transport.client_private_key_pem",),
    ("transport.client_certificate_pem",),
    ("behind_firewall",),
    ("colour",),
)
_PAIRS = (
    None,
    (PAIR.certificate, PAIR.key),
    (OTHER_PAIR.certificate, PAIR.key),
    (PAIR.certificate, b""),
    (b"", PAIR.key),
    (b"garbage", PAIR.key),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that a run makes."""

    method: str
    registry_id: str
    provider: Registry.Provider.ValueType
    login: str
    secret_given: bool
    mask: tuple[str, ...]
    pair: tuple[bytes, bytes] | None


def mostly(usual: Sequence[T], others: Sequence[T]) -> st.SearchStrategy[T]:
    return st.sampled_from([*usual, *usual, *usual, *others])


_CALLS = st.builds(
    Call,
    method=st.sampled_from(["create", "create", "update", "update", "delete", "issue", "reseal"]),
    registry_id=st.sampled_from(["a", "b"]),
    provider=mostly([Registry.PROVIDER_GHCR], list(_PLACES)),
    login=mostly(["password"], list(_LOGINS)),
    secret_given=mostly([True], [False]),
    mask=mostly([(), ("login",), ("colour",)], _MASKS),
    pair=mostly(_PAIRS[:2], _PAIRS),
)

_FIRST = [
    Call(
        method="create",
        registry_id=registry_id,
        provider=Registry.PROVIDER_GHCR,
        login="password",
        secret_given=True,
        mask=(),
        pair=_PAIRS[1],
    )
    for registry_id in ("a", "b")
]


@dataclass
class Run:
    """Makes calls and notes all that came out."""

    harness: Harness
    seen: list[bytes] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    async def make(self, call: Call) -> None:
        name = f"registries/{call.registry_id}"
        stub = self.harness.stub
        match call.method:
            case "create":
                request = messages.CreateRegistryRequest(
                    registry_id=call.registry_id, registry=self._registry(call)
                )
                await self._note(stub.CreateRegistry(request))
            case "update":
                registry = self._registry(call)
                registry.name = name
                mask = FieldMask(paths=call.mask) if call.mask else None
                await self._note(
                    stub.UpdateRegistry(
                        messages.UpdateRegistryRequest(registry=registry, update_mask=mask)
                    )
                )
            case "delete":
                await self._note(stub.DeleteRegistry(messages.DeleteRegistryRequest(name=name)))
            case "reseal":
                rotate_key(self.harness.state_directory, {})
                await self._note(stub.ResealSecrets(messages.ResealSecretsRequest()))
            case _:
                await self._note_failure_alone(name)
        await self._note(stub.ListRegistries(messages.ListRegistriesRequest()))

    def _registry(self, call: Call) -> Registry:
        secret = f"{CANARY}{next(self.numbers)}" if call.secret_given else ""
        registry = Registry(
            provider=call.provider, domain=_PLACES[call.provider], login=_LOGINS[call.login](secret)
        )
        if call.pair:
            certificate, key = call.pair
            registry.transport.client_certificate_pem = certificate.decode()
            registry.transport.client_private_key_pem = key.decode()
        return registry

    async def _note(self, call: Awaitable[Message]) -> None:
        try:
            self.seen.append((await call).SerializeToString())
        except grpc.RpcError as error:
            self._note_error(error)

    async def _note_failure_alone(self, name: str) -> None:
        """Issue: its answer is there to hold the secret, its errors are not."""
        registry = messages.GetRegistryRequest(name=name)
        try:
            present = (await self.harness.stub.GetRegistry(registry)).registry
            if present.login.WhichOneof("method") in ("helper", "environment", "password"):
                request = messages.IssueRegistryCredentialsRequest(name=name)
                await self.harness.stub.IssueRegistryCredentials(request)
        except grpc.RpcError as error:
            self._note_error(error)

    def _note_error(self, error: grpc.RpcError) -> None:
        failure = read_failure(error)
        assert failure.code is not _Code.INTERNAL, failure
        self.seen += [repr(failure).encode(), repr(error).encode()]


@contextmanager
def logged() -> Iterator[list[str]]:
    lines: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Lines()
    logging.getLogger().addHandler(handler)
    yield lines
    logging.getLogger().removeHandler(handler)


# Not shrunk: each try starts a service, and the first run that leaks says enough.
@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(_CALLS, min_size=4, max_size=12))
def test_secrets_come_out_of_no_run_of_calls(calls: list[Call]) -> None:
    async def play(directory: Path) -> list[bytes]:
        async with serving(directory) as harness:
            run = Run(harness)
            for call in (*_FIRST, *calls):
                await run.make(call)
        return run.seen

    with tempfile.TemporaryDirectory() as folder, logged() as lines:
        directory = Path(folder)
        seen = asyncio.run(play(directory))
        stored = [path.read_bytes() for path in directory.iterdir() if path.is_file()]

    key_line = PAIR.key.splitlines()[1]
    for text in (*seen, *(line.encode() for line in lines), *stored):
        assert CANARY.encode() not in text
        assert key_line not in text


@pytest.mark.parametrize(
    "login",
    [
        RegistryLogin(password=PasswordLogin(username="me", password=CANARY)),
        RegistryLogin(azure=AzureLogin(client_id="me", client_secret=CANARY)),
    ],
)
async def test_secret_goes_to_no_other_domain_unless_it_is_given_again(
    harness: Harness, login: RegistryLogin
) -> None:
    acr = login.WhichOneof("method") == "azure"
    provider = Registry.PROVIDER_ACR if acr else Registry.PROVIDER_OTHER
    here, there = ("a.azurecr.io", "b.azurecr.io") if acr else ("one.test", "two.test")
    await harness.create("mine", Registry(provider=provider, domain=here, login=login))

    failure = await refused(update(harness, Registry(domain=there), "domain"))
    same = await update(harness, Registry(domain=f"https://{here}"), "domain")
    moved = await update(harness, Registry(domain=there, login=login))

    assert failure.violation_reasons == ("SECRET_OF_OTHER_DOMAIN",)
    assert (same.domain, moved.domain) == (here, there)


# Client certificates


async def test_client_key_is_kept_and_not_shown(harness: Harness) -> None:
    created = await harness.create("mine", with_pair(PAIR.certificate, PAIR.key))

    assert created.transport.client_certificate_pem == PAIR.certificate.decode()
    assert created.transport.client_private_key_pem == ""
    assert created.transport.client_private_key_set
    written_back = await update(harness, created, "*")
    assert written_back.transport == created.transport


async def test_client_key_goes_with_its_certificate(harness: Harness) -> None:
    await harness.create("mine", with_pair(PAIR.certificate, PAIR.key))

    bare = await update(harness, Registry(), "transport.client_certificate_pem")

    assert not bare.transport.client_private_key_set
    failure = await refused(
        update(harness, with_pair(PAIR.certificate), "transport.client_certificate_pem")
    )
    assert failure.violations == (
        ("registry.transport.client_private_key_pem", "it is needed beside a certificate"),
    )


@pytest.mark.parametrize(
    ("certificate", "key", "field", "words"),
    [
        (PAIR.certificate, b"", "client_private_key_pem", "is needed"),
        (b"", PAIR.key, "client_certificate_pem", "is needed"),
        (b"garbage", PAIR.key, "client_certificate_pem", "PEM"),
        (PAIR.certificate, b"garbage", "client_private_key_pem", "PEM"),
        (PAIR.certificate, OTHER_PAIR.key, "client_private_key_pem", "does not belong"),
        (
            PAIR.certificate,
            PAIR.key.replace(b"PRIVATE", b"ENCRYPTED PRIVATE"),
            "client_private_key_pem",
            "without a passphrase",
        ),
    ],
)
async def test_pair_that_does_not_fit_is_refused_in_plain_words(
    harness: Harness, certificate: bytes, key: bytes, field: str, words: str
) -> None:
    failure = await refused(harness.create("mine", with_pair(certificate, key)))

    ((faulty, message),) = failure.violations
    assert faulty == f"registry.transport.{field}"
    assert words in message


@pytest.mark.parametrize(("pair", "fits"), [(PAIR, True), (OTHER_PAIR, False)])
async def test_new_certificate_must_fit_the_key_that_is_kept(
    harness: Harness, pair: KeyPair, fits: bool
) -> None:
    await harness.create("mine", with_pair(PAIR.certificate, PAIR.key))
    changed = with_pair(pair.certificate)

    if fits:
        after = await update(harness, changed, "transport")
        assert after.transport.client_private_key_set
    else:
        failure = await refused(update(harness, changed, "transport"))
        assert "does not belong" in failure.message


# Sealing keys


async def test_secrets_are_sealed_anew_while_the_service_runs(tmp_path: Path) -> None:
    async with serving(tmp_path) as harness:
        before = await harness.create("mine", with_pair(PAIR.certificate, PAIR.key))
        newest, _ = rotate_key(tmp_path, {})

        resealed = await reseal(harness)

        assert (resealed.resealed_count, resealed.key_id) == (2, newest.id.hex())
        assert (await reseal(harness)).resealed_count == 0
        assert await harness.get("mine") == before

    (tmp_path / KEY_FILE_NAME).write_text(newest.line)
    async with serving(tmp_path) as harness:
        assert (await issue(harness)).registry_credentials.password == PASSWORD


async def test_nothing_is_sealed_anew_when_one_secret_cannot_be_opened(tmp_path: Path) -> None:
    async with serving(tmp_path) as harness:
        await harness.create("mine", ghcr())
        lost = rotate_key(tmp_path, {})[1]
        (tmp_path / KEY_FILE_NAME).unlink()

        failure = await refused(reseal(harness))

        assert (failure.code, failure.reason) == (_Code.FAILED_PRECONDITION, "SECRET_UNREADABLE")
        assert failure.metadata == {"key_id": lost.id.hex()}


async def test_unusable_key_file_stops_nothing_that_needs_no_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path) as harness:
        await harness.create("mine", ghcr())
    key_file = tmp_path / KEY_FILE_NAME
    key_file.chmod(0o644)

    async with serving(tmp_path) as harness:
        assert "chmod 600" in caplog.text
        assert (await harness.get("mine")).login.secret_set
        await harness.create("open", Registry(provider=Registry.PROVIDER_QUAY))
        for call in (issue(harness), harness.create("other", ghcr())):
            failure = await refused(call)
            assert failure.reason == "SECRET_UNREADABLE"
            assert "chmod 600" in failure.message

        key_file.chmod(0o600)
        assert (await issue(harness)).registry_credentials.password == PASSWORD


# Ways to log in, as clients see them


async def test_missing_variable_is_told_when_credentials_are_issued(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = EnvironmentLogin(username_variable="TEST_USER", password_variable="TEST_PASSWORD")
    registry = Registry(provider=Registry.PROVIDER_GHCR, login=RegistryLogin(environment=login))
    monkeypatch.setenv("TEST_USER", "ann")
    monkeypatch.delenv("TEST_PASSWORD", raising=False)
    created = await harness.create("mine", registry)

    failure = await refused(issue(harness))

    assert created.login == RegistryLogin(environment=login)
    assert (failure.code, failure.reason) == (
        _Code.FAILED_PRECONDITION,
        "ENVIRONMENT_VARIABLE_MISSING",
    )
    assert failure.metadata["variable"] == "TEST_PASSWORD"
    monkeypatch.setenv("TEST_PASSWORD", PASSWORD)
    assert (await issue(harness)).registry_credentials.password == PASSWORD


async def test_runners_learn_how_the_connection_is_secured(harness: Harness) -> None:
    await harness.create("mine", with_pair(PAIR.certificate, PAIR.key))

    transport = (await issue(harness)).registry_credentials.transport

    assert transport.client_certificate_pem == PAIR.certificate.decode()
    assert transport.client_private_key_pem == PAIR.key.decode()


async def test_transport_is_unset_where_nothing_is_said(harness: Harness) -> None:
    await harness.create("mine", ghcr())

    assert not (await issue(harness)).registry_credentials.HasField("transport")
