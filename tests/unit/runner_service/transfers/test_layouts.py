"""Archives of images on their way to a registry, also broken ones. The registry is a fake."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256

import pytest

from runner_service.daemon.fake_formats import tar_of
from runner_service.transfers import (
    Blob,
    LayoutUpload,
    Manifest,
    Place,
    RemoteRegistry,
    UnknownManifest,
)
from runner_service.transfers.port import BlobReader

INDEX = "application/vnd.oci.image.index.v1+json"
IMAGE = "application/vnd.oci.image.manifest.v1+json"
LARGE = b"layer" * 1_000_000


@dataclass
class Shelf:
    """A registry that takes what it is given; nothing else of one is needed here."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: list[str] = field(default_factory=list)

    async def has_blob(self, path: str, blob: Blob) -> bool:
        return blob.digest in self.blobs

    async def upload_blob(self, path: str, blob: Blob, read: BlobReader) -> None:
        content = b"".join([piece async for piece in read()])
        assert digest_of(content) == blob.digest
        assert len(content) == blob.size_bytes
        self.blobs[blob.digest] = content

    async def put_manifest(self, path: str, reference: str, manifest: Manifest) -> None:
        assert digest_of(manifest.body) == manifest.digest == reference
        self.manifests.append(manifest.media_type)


def digest_of(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"


def described(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def encoded(**parts: object) -> bytes:
    return json.dumps({"schemaVersion": 2, **parts}).encode()


CONFIG = b'{"os": "linux"}'
PLATFORM = encoded(config=described("c", CONFIG), layers=[described("l", LARGE)])
TOP = encoded(mediaType=INDEX, manifests=[described(IMAGE, PLATFORM)] * 2)
LAYOUT = encoded(manifests=[described(INDEX, TOP)])


def archived(*blobs: bytes, index: bytes = LAYOUT) -> bytes:
    files = {f"blobs/sha256/{sha256(blob).hexdigest()}": blob for blob in blobs}
    return tar_of(files | {"index.json": index})


async def brought(archive: bytes, shelf: Shelf, piece_bytes: int = 10_007) -> Manifest:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(archive), piece_bytes):
            yield archive[start : start + piece_bytes]

    remote: RemoteRegistry = shelf  # type: ignore[assignment]  # it has what is asked for
    target = Place(remote=remote, domain="mine.test", path="app")
    upload = LayoutUpload(target=target, say=lambda line: None, moves=lambda: None)
    return await upload.bring_parts(pieces())


async def test_all_parts_arrive_and_the_manifest_is_left_to_be_tagged() -> None:
    shelf = Shelf()

    image = await brought(archived(CONFIG, LARGE, PLATFORM, TOP), shelf)

    assert (image.digest, image.media_type, image.body) == (digest_of(TOP), INDEX, TOP)
    assert set(shelf.blobs) == {digest_of(CONFIG), digest_of(LARGE)}
    assert shelf.manifests == [IMAGE]


async def test_what_is_there_is_not_sent_again() -> None:
    shelf = Shelf(blobs={digest_of(LARGE): b"was there"})

    await brought(archived(CONFIG, LARGE, PLATFORM, TOP), shelf)

    assert shelf.blobs[digest_of(LARGE)] == b"was there"


@pytest.mark.parametrize(
    "archive",
    [
        b"",
        b"x" * 5000,
        tar_of({}),
        tar_of({"manifest.json": b"[]"}),
        archived(CONFIG, LARGE, TOP),
        archived(CONFIG, LARGE, PLATFORM, TOP, index=b"{}"),
        archived(CONFIG, LARGE, PLATFORM, TOP, index=encoded(manifests=["x"])),
        archived(CONFIG, LARGE, PLATFORM, TOP, index=encoded(manifests=[{}, {}])),
        archived(CONFIG, LARGE, PLATFORM, TOP)[:100_000],
        tar_of({f"blobs/sha256/{digest_of(TOP)[7:]}": PLATFORM, "index.json": LAYOUT}),
    ],
    ids=[
        "empty",
        "no archive",
        "nothing",
        "another layout",
        "platform missing",
        "index without images",
        "index of texts",
        "two images",
        "cut off",
        "wrong digest",
    ],
)
async def test_archive_that_is_no_layout_is_refused(archive: bytes) -> None:
    with pytest.raises(UnknownManifest):
        await brought(archive, Shelf())
