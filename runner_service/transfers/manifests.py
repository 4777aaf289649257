"""What the manifest of an image names: its blobs, or the manifests of its platforms. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from runner_service.transfers.port import Blob, Manifest

_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_IMAGES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_DIGEST = re.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_ELSEWHERE = re.compile(r"\.(foreign|nondistributable)\.")
"""In the types of layers that registries need not have: bases of Windows."""
_LARGEST_BLOB = 1 << 50
_MOST_PARTS = 10_000


class UnknownManifest(Exception):
    """A manifest is of a kind that is not known here, or is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a registry must have before it takes a manifest."""

    blobs: tuple[Blob, ...] = ()
    """Configuration and layers, each once; the configuration is the first."""
    manifests: tuple[str, ...] = ()
    """Digests of the manifests of an index, one for each platform or attestation."""


def read_parts(manifest: Manifest) -> Parts:
    """Return what a manifest names.

    Raises:
        UnknownManifest: it cannot be read, such as one of schema 1.
    """
    media_type = manifest.media_type.partition(";")[0].strip()
    told = _read(manifest.body)
    if media_type in _INDEXES:
        digests = (_digest(each) for each in _records(told.get("manifests")))
        return Parts(manifests=tuple(dict.fromkeys(digests)))
    if media_type in _IMAGES:
        described = [*_records([told.get("config")]), *_records(told.get("layers"))]
        return Parts(blobs=tuple(dict.fromkeys(_blobs(described))))
    raise UnknownManifest(f'manifests of the type "{media_type}" are not known')


def _read(body: bytes) -> Mapping[str, object]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnknownManifest("the manifest is not JSON") from error
    if not isinstance(told, dict):
        raise UnknownManifest("the manifest is no object")
    return told


def _records(value: object) -> list[Mapping[str, object]]:
    """Return descriptors; see the OCI image specification."""
    if not isinstance(value, list) or len(value) > _MOST_PARTS:
        raise UnknownManifest("the manifest has no proper list of its parts")
    if not all(isinstance(each, dict) for each in value):
        raise UnknownManifest("a part of the manifest is no object")
    return value


def _blobs(records: Iterable[Mapping[str, object]]) -> Iterator[Blob]:
    for record in records:
        size = record.get("size")
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= _LARGEST_BLOB:
            raise UnknownManifest("a part of the manifest has no proper size")
        if not _ELSEWHERE.search(str(record.get("mediaType"))):
            yield Blob(digest=_digest(record), size_bytes=size)


def _digest(record: Mapping[str, object]) -> str:
    digest = record.get("digest")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise UnknownManifest("a part of the manifest has no proper digest")
    return digest
