"""Attaches a document to an image in its registry.

Source: the OCI distribution specification 1.1, "Listing Referrers", and the guidance of the image
specification for artifacts without a configuration.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from hashlib import sha256

from runner_service.transfers.copies import Place
from runner_service.transfers.port import Blob, Manifest

_MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
_EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
_EMPTY = b"{}"


async def attach(
    place: Place, digest: str, document: bytes, media_type: str, predicate_type: str
) -> str:
    """Attach a document to the image `digest`; return the digest of what attaches it.

    Empty: the registry does not list what is attached, and nothing was done.

    Args:
        place: Where the image is.
        digest: Of its manifest.
        document: What is attached.
        media_type: Of the document.
        predicate_type: What kind of statement it is, as in-toto has it.

    Raises:
        Refusal: the registry refused something.
    """
    remote, path = place.remote, place.path
    if not await remote.lists_referrers(path, digest):
        return ""
    image = await remote.manifest(path, digest)
    annotations = {"in-toto.io/predicate-type": predicate_type}
    layer = {**_described(media_type, document), "annotations": annotations}
    body = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST_TYPE,
        "artifactType": media_type,
        "config": _described(_EMPTY_TYPE, _EMPTY),
        "layers": [layer],
        "subject": {
            "mediaType": image.media_type.partition(";")[0].strip(),
            "digest": digest,
            "size": len(image.body),
        },
        "annotations": annotations,
    }
    encoded = json.dumps(body, separators=(",", ":")).encode()
    attached = Manifest(digest=_digest(encoded), media_type=_MANIFEST_TYPE, body=encoded)
    for content in (_EMPTY, document):
        await _bring(place, content)
    await remote.put_manifest(path, attached.digest, attached)
    return attached.digest


async def _bring(place: Place, content: bytes) -> None:
    blob = Blob(digest=_digest(content), size_bytes=len(content))

    async def read() -> AsyncGenerator[bytes]:
        yield content

    if not await place.remote.has_blob(place.path, blob):
        await place.remote.upload_blob(place.path, blob, read)


def _described(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(content), "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"
