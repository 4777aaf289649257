"""What daemons do with images: find, tag, push, pull and archive; see `test_daemon`."""

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from runner_service.daemon import (
    Credentials,
    FailureReason,
    ImageNotFound,
    ImageStore,
    PullFailed,
    PushFailed,
)
from tests.contract.building import build_image, request_of, tagged
from tests.contract.conftest import Subject


async def test_built_image_is_found_by_reference_and_by_id(
    subject: Subject, tmp_path: Path
) -> None:
    request = request_of(tmp_path, f"RUN echo {subject.unique}")
    built = await build_image(subject, replace(request, references=(subject.reference,)))

    by_reference = await subject.daemon.find_image(subject.reference)
    by_id = await subject.daemon.find_image(built.image_id)

    assert by_reference is not None
    assert by_reference.image_id == built.image_id
    assert by_reference.references == (subject.reference,)
    assert by_id == by_reference


async def test_unknown_image_is_none(subject: Subject) -> None:
    assert await subject.daemon.find_image(subject.reference) is None


async def test_image_without_reference_can_be_tagged_later(
    subject: Subject, tmp_path: Path
) -> None:
    built = await build_image(subject, request_of(tmp_path, f"RUN echo {subject.unique}"))

    await subject.daemon.tag(built.image_id, subject.reference)

    found = await subject.daemon.find_image(subject.reference)
    assert found is not None
    assert found.image_id == built.image_id


async def test_unknown_image_cannot_be_tagged(subject: Subject) -> None:
    with pytest.raises(ImageNotFound):
        await subject.daemon.tag("sha256:" + "0" * 64, subject.reference)


async def test_push_gives_the_digest(subject: Subject, tmp_path: Path) -> None:
    reference = await tagged(subject, tmp_path)

    pushed = await subject.daemon.push(reference, subject.credentials, subject.heard)
    again = await subject.daemon.push(reference, subject.credentials, subject.heard)

    assert pushed.reference == reference
    assert pushed.digest.startswith("sha256:")
    assert pushed.manifest_size_bytes > 0
    assert again == pushed


async def test_daemon_tells_what_the_registry_has(subject: Subject, tmp_path: Path) -> None:
    reference = await tagged(subject, tmp_path)
    before = await subject.daemon.remote_digest(reference, subject.credentials)
    pushed = await subject.daemon.push(reference, subject.credentials, subject.heard)
    by_digest = f"{reference.removesuffix(':1')}@{pushed.digest}"

    found = [
        await subject.daemon.remote_digest(each, subject.credentials)
        for each in (reference, by_digest)
    ]

    assert before is None
    assert found == [pushed.digest] * 2


async def test_daemon_tells_a_stranger_nothing(subject: Subject) -> None:
    with pytest.raises(PullFailed) as failure:
        await subject.daemon.remote_digest(subject.reference, None)

    assert failure.value.reason in (FailureReason.UNAUTHORIZED, FailureReason.DENIED)


async def test_unknown_image_cannot_be_pushed(subject: Subject) -> None:
    with pytest.raises(ImageNotFound):
        await subject.daemon.push(subject.reference, subject.credentials, subject.heard)


@pytest.mark.parametrize("logged_in", [True, False], ids=["wrong password", "no account"])
async def test_push_by_a_stranger_is_refused_in_the_words_of_the_registry(
    subject: Subject, tmp_path: Path, logged_in: bool
) -> None:
    reference = await tagged(subject, tmp_path)
    wrong = Credentials(username=subject.credentials.username, password="wrong-password")

    with pytest.raises(PushFailed) as failure:
        await subject.daemon.push(reference, wrong if logged_in else None, subject.heard)

    assert failure.value.reason in (FailureReason.UNAUTHORIZED, FailureReason.DENIED)
    assert failure.value.reference == reference
    assert failure.value.words
    assert "wrong-password" not in str(failure.value) + subject.heard.text


async def test_push_to_nobody_is_unreachable(subject: Subject, tmp_path: Path) -> None:
    nowhere = f"127.0.0.1:9/{subject.unique}:1"
    built = await build_image(subject, request_of(tmp_path, f"RUN echo {subject.unique}"))
    await subject.daemon.tag(built.image_id, nowhere)

    with pytest.raises(PushFailed) as failure:
        await subject.daemon.push(nowhere, None, subject.heard)

    assert failure.value.reason is FailureReason.UNREACHABLE


async def test_pushed_image_can_be_pulled(subject: Subject, tmp_path: Path) -> None:
    reference = await tagged(subject, tmp_path)
    await subject.daemon.push(reference, subject.credentials, subject.heard)

    pulled = await subject.daemon.pull(reference, subject.credentials, subject.heard)

    assert reference in pulled.references
    assert pulled.architecture == "amd64"


async def test_image_can_be_had_as_an_archive(subject: Subject, tmp_path: Path) -> None:
    built = await build_image(subject, request_of(tmp_path, f"RUN echo {subject.unique}"))

    async with subject.daemon.archive(built.image_id) as pieces:
        whole = b"".join([piece async for piece in pieces])

    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        names = set(archive.getnames())
        assert names & {"index.json", "manifest.json"}
        description = await subject.daemon.describe()
        if description.image_store is ImageStore.CONTAINERD:
            index = archive.extractfile("index.json")
            assert index is not None
            (image,) = json.load(index)["manifests"]
            assert image["digest"] == built.image_id


async def test_archive_may_be_left_in_the_middle(subject: Subject, tmp_path: Path) -> None:
    built = await build_image(subject, request_of(tmp_path, f"RUN echo {subject.unique}"))

    async with subject.daemon.archive(built.image_id) as pieces:
        assert await anext(pieces)

    assert await subject.daemon.find_image(built.image_id)


async def test_archive_of_nothing_is_not_found(subject: Subject) -> None:
    with pytest.raises(ImageNotFound):
        async with subject.daemon.archive(f"sha256:{'0' * 64}"):
            pass


async def test_pull_of_nothing_is_not_found(subject: Subject) -> None:
    with pytest.raises(PullFailed) as failure:
        await subject.daemon.pull(subject.reference, subject.credentials, subject.heard)

    assert failure.value.reason is FailureReason.NOT_FOUND


async def test_pull_by_a_stranger_is_refused(subject: Subject) -> None:
    with pytest.raises(PullFailed) as failure:
        await subject.daemon.pull(subject.reference, None, subject.heard)

    assert failure.value.reason in (FailureReason.UNAUTHORIZED, FailureReason.DENIED)
