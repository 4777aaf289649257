"""The contract of `RemoteRegistry`, kept by the fake one and by real registries."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from hashlib import sha256

import pytest

from freshet.registry.v1.registry_pb2 import RegistryTransport
from runner_service.daemon.errors import FailureReason
from runner_service.daemon.fake_build import FakeImage
from runner_service.daemon.fake_daemon import FakeDaemon, FakeRegistry
from runner_service.daemon.fake_formats import manifest_digest
from runner_service.daemon.port import Credentials
from runner_service.registries import Login
from runner_service.transfers import (
    Blob,
    BlobReader,
    HttpRegistries,
    Manifest,
    Refusal,
    RemoteRegistries,
    RemoteRegistry,
)
from runner_service.transfers.fake_registry import FakeRemotes
from tests.contract.registry_endpoint import Answer, Request, always, answering
from tests.engine.alone import Alone
from tests.engine.client import RegistryClient
from tests.engine.reach import dial_here
from tests.engine.registries import BASIC, MUTUAL_TLS, OPEN, TLS, TOKEN, Registry

_MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A registry that wants an account, with one image in a repository."""

    remotes: RemoteRegistries
    login: Login
    path: str
    digest: str
    """Of the image, whose tag is `1`."""

    @asynccontextmanager
    async def opened(self, **changes: str) -> AsyncIterator[RemoteRegistry]:
        async with self.remotes.open(replace(self.login, **changes)) as remote:  # type: ignore[arg-type]  # by tests
            yield remote


def _fake(path: str) -> Subject:
    image = FakeImage(image_id=f"sha256:{path}", files={})
    account = Credentials(username="ann", password="secret")
    registry = FakeRegistry(
        domain="mine.test", account=account, images={f"mine.test/{path}:1": image}
    )
    return Subject(
        remotes=FakeRemotes(FakeDaemon(registry)),
        login=Login(domain="mine.test", username="ann", password="secret"),
        path=path,
        digest=manifest_digest(image),
    )


def upload(registry: Registry, path: str, tag: str) -> str:
    """Put a small image into a real registry and return its digest."""
    account = registry.accounts[0] if registry.accounts else None
    client = RegistryClient(registry, account, dial_here)
    blob = json.dumps({"path": path}).encode()
    digest = f"sha256:{sha256(blob).hexdigest()}"
    begun = client.request("POST", f"/v2/{path}/blobs/uploads/")
    place = begun.headers["Location"]
    done = client.request("PUT", f"{place}&digest={digest}", body=blob)
    assert done.status == 201, done.body
    part = {"mediaType": "application/json", "digest": digest, "size": len(blob)}
    manifest = json.dumps(
        {"schemaVersion": 2, "mediaType": _MANIFEST_TYPE, "config": part, "layers": []}
    ).encode()
    put = client.request(
        "PUT", f"/v2/{path}/manifests/{tag}", body=manifest, content_type=_MANIFEST_TYPE
    )
    assert put.status == 201, put.body
    return f"sha256:{sha256(manifest).hexdigest()}"


@pytest.fixture(params=["fake", BASIC, TOKEN])
def subject(request: pytest.FixtureRequest) -> Subject:
    path = f"alice/{uuid.uuid4().hex[:12]}"
    if request.param == "fake":
        return _fake(path)
    alone: Alone = request.getfixturevalue("lone_registries")
    registry = alone.registries[request.param]
    return Subject(
        remotes=HttpRegistries(),
        login=Login(domain=registry.domain, username=registry.username, password=registry.password),
        path=path,
        digest=upload(registry, path, "1"),
    )


async def test_digest_is_found_by_tag_and_by_digest(subject: Subject) -> None:
    async with subject.opened() as remote:
        found = [await remote.digest(subject.path, each) for each in ("1", subject.digest)]

    assert found == [subject.digest] * 2


async def test_what_is_not_there_has_no_digest(subject: Subject) -> None:
    async with subject.opened() as remote:
        found = [
            await remote.digest(subject.path, "2"),
            await remote.digest(subject.path, f"sha256:{'0' * 64}"),
            await remote.digest(f"{subject.path}-other", "1"),
        ]

    assert found == [None] * 3


async def test_manifest_is_given_another_tag(subject: Subject) -> None:
    async with subject.opened() as remote:
        manifest = await remote.manifest(subject.path, subject.digest)
        await remote.put_manifest(subject.path, "2", manifest)
        found = await remote.digest(subject.path, "2")

    assert manifest.digest == found == subject.digest


async def test_missing_manifest_is_refused(subject: Subject) -> None:
    async with subject.opened() as remote:
        with pytest.raises(Refusal) as refused:
            await remote.manifest(subject.path, "2")

    assert refused.value.reason is FailureReason.NOT_FOUND


async def test_own_rights_are_granted_also_where_nothing_is_yet(subject: Subject) -> None:
    async with subject.opened() as remote:
        await remote.check_push(f"{subject.path}-new")
        await remote.check_pull(f"{subject.path}-new", "1")


@pytest.mark.parametrize(
    "change", [{"password": "wrong"}, {"username": "", "password": ""}], ids=["wrong", "nobody"]
)
async def test_stranger_is_refused_everything(subject: Subject, change: dict[str, str]) -> None:
    manifest = Manifest(digest=subject.digest, media_type=_MANIFEST_TYPE, body=b"{}")
    asked: tuple[Callable[[RemoteRegistry], object], ...] = (
        lambda remote: remote.digest(subject.path, "1"),
        lambda remote: remote.manifest(subject.path, "1"),
        lambda remote: remote.put_manifest(subject.path, "2", manifest),
        lambda remote: remote.check_pull(subject.path, "1"),
        lambda remote: remote.check_push(subject.path),
        lambda remote: remote.has_blob(subject.path, blob_of(CONTENT)),
        lambda remote: content_of(remote, subject.path, blob_of(CONTENT)),
        lambda remote: remote.upload_blob(subject.path, blob_of(CONTENT), reader(CONTENT)),
    )
    for question in asked:
        async with subject.opened(**change) as remote:
            with pytest.raises(Refusal) as refused:
                await question(remote)  # type: ignore[misc]  # all of them are coroutines
        assert refused.value.reason is FailureReason.UNAUTHORIZED
        assert "wrong" not in refused.value.words


async def test_nobody_listens(subject: Subject) -> None:
    async with subject.opened(domain="127.0.0.1:9") as remote:
        with pytest.raises(Refusal) as refused:
            await remote.check_push(subject.path)

    assert refused.value.unheard


async def test_registry_without_a_list_of_referrers_says_so(subject: Subject) -> None:
    """The real ones here are older than that list."""
    async with subject.opened() as remote:
        assert not await remote.lists_referrers(subject.path, subject.digest)


# Blobs

CONTENT = b"what a layer holds " * 100


def blob_of(content: bytes) -> Blob:
    return Blob(digest=f"sha256:{sha256(content).hexdigest()}", size_bytes=len(content))


def reader(content: bytes, *, broken: bool = False) -> BlobReader:
    """Return what reads a blob in pieces, and fails before its end when it is broken."""

    async def read() -> AsyncGenerator[bytes]:
        yield content[:10]
        if broken:
            raise Refusal("the source is gone", FailureReason.UNREACHABLE)
        yield content[10:]

    return read


async def content_of(remote: RemoteRegistry, path: str, blob: Blob) -> bytes:
    async with aclosing(remote.read_blob(path, blob)) as pieces:
        return b"".join([piece async for piece in pieces])


async def test_uploaded_blob_is_there_and_is_read(subject: Subject) -> None:
    blob = blob_of(CONTENT)
    async with subject.opened() as remote:
        before = await remote.has_blob(subject.path, blob)
        await remote.upload_blob(subject.path, blob, reader(CONTENT))
        after = await remote.has_blob(subject.path, blob)
        content = await content_of(remote, subject.path, blob)

    assert (before, after, content) == (False, True, CONTENT)


async def test_blob_with_another_digest_is_not_taken(subject: Subject) -> None:
    blob = blob_of(CONTENT)
    async with subject.opened() as remote:
        with pytest.raises(Refusal) as refused:
            await remote.upload_blob(subject.path, blob, reader(CONTENT[::-1]))
        there = await remote.has_blob(subject.path, blob)

    assert refused.value.reason is FailureReason.REGISTRY_ERROR
    assert not there


async def test_blob_whose_source_breaks_off_is_not_taken(subject: Subject) -> None:
    blob = blob_of(CONTENT)
    async with subject.opened() as remote:
        with pytest.raises(Refusal, match="the source is gone"):
            await remote.upload_blob(subject.path, blob, reader(CONTENT, broken=True))
        there = await remote.has_blob(subject.path, blob)

    assert not there


@pytest.mark.parametrize("more", [-1, 1])
async def test_blob_of_another_size_is_refused(subject: Subject, more: int) -> None:
    blob = blob_of(CONTENT)
    async with subject.opened() as remote:
        await remote.upload_blob(subject.path, blob, reader(CONTENT))
        with pytest.raises(Refusal) as refused:
            await content_of(remote, subject.path, replace(blob, size_bytes=len(CONTENT) + more))

    assert refused.value.reason is FailureReason.REGISTRY_ERROR


async def test_blob_that_is_not_there_is_refused(subject: Subject) -> None:
    async with subject.opened() as remote:
        with pytest.raises(Refusal) as refused:
            await content_of(remote, subject.path, blob_of(CONTENT))

    assert refused.value.reason is FailureReason.NOT_FOUND


async def test_blob_is_mounted_from_where_it_is(subject: Subject) -> None:
    blob, path = blob_of(CONTENT), f"{subject.path}-new"
    async with subject.opened() as remote:
        without = await remote.mount_blob(path, blob, subject.path)
        await remote.upload_blob(subject.path, blob, reader(CONTENT))
        mounted = await remote.mount_blob(path, blob, subject.path)
        there = await remote.has_blob(path, blob)

    assert (without, mounted, there) == (False, True, True)


# Real registries alone


async def test_blob_of_another_account_is_not_mounted_and_can_be_uploaded(
    lone_registries: Alone,
) -> None:
    registry, blob = lone_registries.registries[TOKEN], blob_of(CONTENT)
    paths = {name: f"{name}/{uuid.uuid4().hex[:12]}" for name in ("alice", "bob")}
    logins = [
        Login(domain=registry.domain, username=name, password=registry.account(name).password)
        for name in paths
    ]
    async with HttpRegistries().open(logins[0]) as alice, HttpRegistries().open(logins[1]) as bob:
        await alice.upload_blob(paths["alice"], blob, reader(CONTENT))
        mounted = await bob.mount_blob(paths["bob"], blob, paths["alice"])
        await bob.upload_blob(paths["bob"], blob, lambda: alice.read_blob(paths["alice"], blob))
        there = await bob.has_blob(paths["bob"], blob)

    assert (mounted, there) == (False, True)


@pytest.mark.parametrize(
    ("media_type", "listed"),
    [("application/vnd.oci.image.index.v1+json; charset=utf-8", True), ("text/html", False)],
)
async def test_registry_that_lists_referrers_answers_with_an_index(
    media_type: str, listed: bool
) -> None:
    body = json.dumps({"schemaVersion": 2, "manifests": []})
    found = Answer(status=200, body=body, headers={"Content-Type": media_type})
    digest = f"sha256:{'1' * 64}"
    async with (
        answering(lambda request: found) as endpoint,
        HttpRegistries().open(Login(domain=endpoint.domain)) as remote,
    ):
        assert await remote.lists_referrers("team/app", digest) is listed

    assert endpoint.requests[-1].target == f"/v2/team/app/referrers/{digest}"


async def test_login_that_is_for_everything_is_asked_for_once() -> None:
    def handler(request: Request) -> Answer:
        if request.authorization.startswith("Basic "):
            return Answer(status=404)
        return Answer(status=401, headers={"WWW-Authenticate": 'Basic realm="all"'})

    async with answering(handler) as endpoint:
        login = Login(domain=endpoint.domain, username="ann", password="secret")
        async with HttpRegistries().open(login) as remote:
            for path in ("team/app", "team/other"):
                assert await remote.digest(path, "1") is None
                assert not await remote.has_blob(path, blob_of(CONTENT))

    asked = [each for each in endpoint.requests if each.target != "/v2/"]
    assert [bool(each.authorization) for each in asked] == [False, True, True, True, True]


async def test_upload_that_is_not_taken_is_dropped() -> None:
    """The real ones here cannot drop what has begun to arrive, and clean up by themselves."""

    def handler(request: Request) -> Answer:
        begun = Answer(status=202, headers={"Location": "/v2/app/blobs/uploads/7"})
        return {"POST": begun, "PUT": Answer(status=400)}.get(request.method, Answer(status=204))

    async with (
        answering(handler) as endpoint,
        HttpRegistries().open(Login(domain=endpoint.domain)) as remote,
    ):
        with pytest.raises(Refusal):
            await remote.upload_blob("app", blob_of(CONTENT), reader(CONTENT))

    last = endpoint.requests[-1]
    assert (last.method, last.target) == ("DELETE", "/v2/app/blobs/uploads/7")


async def test_large_blob_is_never_held(lone_registries: Alone) -> None:
    """A copy of 64 MB between two registries holds a few pieces of it at a time."""
    piece, count = b"0123456789abcdef" * 4096, 1024
    whole = sha256()
    for _ in range(count):
        whole.update(piece)
    blob = Blob(digest=f"sha256:{whole.hexdigest()}", size_bytes=len(piece) * count)

    async def made() -> AsyncGenerator[bytes]:
        for _ in range(count):
            yield piece

    domains = [lone_registries.registries[name].domain for name in (OPEN, BASIC)]
    basic = lone_registries.registries[BASIC]
    login = Login(domain=domains[1], username=basic.username, password=basic.password)
    remotes = HttpRegistries()
    async with remotes.open(Login(domain=domains[0])) as source, remotes.open(login) as target:
        await source.upload_blob("large/one", blob, made)
        tracemalloc.start()
        await target.upload_blob("large/two", blob, lambda: source.read_blob("large/one", blob))
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        there = await target.has_blob("large/two", blob)

    assert there
    assert peak_bytes < 4 * 1024 * 1024


async def test_account_without_the_right_is_denied(lone_registries: Alone) -> None:
    registry = lone_registries.registries[TOKEN]
    alice = registry.account("alice")
    login = Login(domain=registry.domain, username="alice", password=alice.password)
    async with HttpRegistries().open(login) as remote:
        with pytest.raises(Refusal) as refused:
            await remote.check_push("bob/app")

    assert refused.value.reason is FailureReason.DENIED


async def test_checked_right_leaves_nothing_behind(lone_registries: Alone) -> None:
    registry = lone_registries.registries[OPEN]
    path = f"probed/{uuid.uuid4().hex[:12]}"
    async with HttpRegistries().open(Login(domain=registry.domain)) as remote:
        await remote.check_push(path)

    client = RegistryClient(registry, None, dial_here)
    catalog = json.loads(client.request("GET", "/v2/_catalog?n=1000").body)
    assert path not in catalog["repositories"]
    # Empty folders stay, whoever drops an upload; the registry's own clean-up removes them.
    uploads = lone_registries.contents(OPEN).glob(f"**/{path}/_uploads/*/*")
    assert [each.name for each in uploads if each.is_file()] == []


async def test_unknown_authority_is_a_matter_of_tls(lone_registries: Alone) -> None:
    registry = lone_registries.registries[TLS]
    known = RegistryTransport(ca_certificates_pem=registry.ca_certificate_pem or "")
    login = Login(domain=registry.domain, username=registry.username, password=registry.password)
    async with HttpRegistries().open(replace(login, transport=known)) as remote:
        await remote.check_push("team/app")
    async with HttpRegistries().open(login) as remote:
        with pytest.raises(Refusal) as refused:
            await remote.check_push("team/app")

    assert refused.value.reason is FailureReason.TLS


async def test_client_certificate_is_shown(lone_registries: Alone) -> None:
    registry = lone_registries.registries[MUTUAL_TLS]
    transport = RegistryTransport(
        ca_certificates_pem=registry.ca_certificate_pem or "",
        client_certificate_pem=registry.client_certificate_pem or "",
    )
    login = Login(
        domain=registry.domain, transport=transport, client_key=registry.client_key_pem or ""
    )
    async with HttpRegistries().open(login) as remote:
        await remote.check_push("team/app")


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
async def test_manifest_is_compared_with_its_digest(algorithm: str) -> None:
    right = f"{algorithm}:{hashlib.new(algorithm, b'{}').hexdigest()}"
    wrong = f"{algorithm}:{hashlib.new(algorithm, b'[]').hexdigest()}"
    async with (
        answering(always(200, "{}")) as endpoint,
        HttpRegistries().open(Login(domain=endpoint.domain)) as remote,
    ):
        assert (await remote.manifest("app", right)).digest == right
        with pytest.raises(Refusal, match="another manifest"):
            await remote.manifest("app", wrong)
