"""How registries and archives have the images of the fake daemon: one blob and one manifest."""

import io
import json
import tarfile
from collections.abc import Mapping
from hashlib import sha256

from runner_service.daemon.fake_build import FakeImage

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


def configuration(image: FakeImage) -> bytes:
    """Return the one blob that registries have of an image; see `image_of`."""
    files = {path: content.hex() for path, content in image.files.items()}
    return json.dumps({"id": image.image_id, "files": files}).encode()


def image_of(configuration: bytes) -> FakeImage:
    """Return the image that has this `configuration`."""
    told = json.loads(configuration)
    files = {path: bytes.fromhex(content) for path, content in told["files"].items()}
    return FakeImage(image_id=told["id"], files=files)


def manifest_of(image: FakeImage) -> bytes:
    """Return the manifest that registries have of an image, whose id its configuration has."""
    config = {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "digest": image.image_id,
        "size": len(configuration(image)),
    }
    return json.dumps(
        {"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": config, "layers": []}
    ).encode()


def manifest_digest(image: FakeImage) -> str:
    """Return the digest under which registries have an image."""
    return "sha256:" + sha256(manifest_of(image)).hexdigest()


def archive_of(image: FakeImage) -> bytes:
    """Return a tar archive of the image, as an OCI layout."""
    manifest, digest = manifest_of(image), manifest_digest(image)
    described = {"mediaType": MANIFEST_TYPE, "digest": digest, "size": len(manifest)}
    files = {
        f"blobs/{image.image_id.replace(':', '/')}": configuration(image),
        f"blobs/{digest.replace(':', '/')}": manifest,
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [described]}).encode(),
    }
    return tar_of(files)


def tar_of(files: Mapping[str, bytes]) -> bytes:
    """Return a tar archive of files, by name."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
