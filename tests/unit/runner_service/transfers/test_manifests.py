"""What manifests of registries name, also of those that mean no good."""

import json

import pytest

from runner_service.transfers import Blob, Manifest, UnknownManifest, read_parts

INDEX = "application/vnd.oci.image.index.v1+json"
IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
FIRST, SECOND = f"sha256:{'1' * 64}", f"sha512:{'2' * 128}"


def manifest(media_type: str, body: object) -> Manifest:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Manifest(digest=FIRST, media_type=media_type, body=content)


def test_image_names_its_configuration_and_each_layer_once() -> None:
    layer = {"digest": SECOND, "size": 7}
    body = {"config": {"digest": FIRST, "size": 5}, "layers": [layer, layer]}

    parts = read_parts(manifest(f"{IMAGE}; charset=utf-8", body))

    assert parts.blobs == (
        Blob(digest=FIRST, size_bytes=5),
        Blob(digest=SECOND, size_bytes=7),
    )
    assert parts.manifests == ()


def test_index_names_its_manifests() -> None:
    parts = read_parts(manifest(INDEX, {"manifests": [{"digest": FIRST}, {"digest": SECOND}]}))

    assert parts.manifests == (FIRST, SECOND)
    assert parts.blobs == ()


@pytest.mark.parametrize("kind", ["image.rootfs.foreign.diff", "image.layer.nondistributable.v1"])
def test_layer_that_registries_need_not_have_is_left_out(kind: str) -> None:
    layer = {"mediaType": f"application/vnd.x.{kind}.tar.gzip", "digest": SECOND, "size": 7}
    body = {"config": {"digest": FIRST, "size": 5}, "layers": [layer]}

    assert read_parts(manifest(IMAGE, body)).blobs == (Blob(digest=FIRST, size_bytes=5),)


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/vnd.docker.distribution.manifest.v1+prettyjws", {"fsLayers": []}),
        ("", {"config": {"digest": FIRST, "size": 5}, "layers": []}),
        (IMAGE, b"\xff"),
        (IMAGE, b"[" * 100_000),
        (IMAGE, []),
        (IMAGE, {"layers": []}),
        (IMAGE, {"config": {"digest": FIRST, "size": 5}, "layers": {}}),
        (IMAGE, {"config": {"digest": FIRST, "size": 5}, "layers": ["x"]}),
        (IMAGE, {"config": {"digest": FIRST, "size": -1}, "layers": []}),
        (IMAGE, {"config": {"digest": FIRST, "size": 1 << 60}, "layers": []}),
        (IMAGE, {"config": {"digest": FIRST, "size": True}, "layers": []}),
        (IMAGE, {"config": {"digest": FIRST, "size": "5"}, "layers": []}),
        (IMAGE, {"config": {"digest": "../../etc", "size": 5}, "layers": []}),
        (INDEX, {"manifests": [{"digest": f"{FIRST}\n"}]}),
        (INDEX, {"manifests": [{"digest": FIRST}] * 10_001}),
        (INDEX, {}),
    ],
)
def test_what_is_no_manifest_is_unknown(media_type: str, body: object) -> None:
    with pytest.raises(UnknownManifest):
        read_parts(manifest(media_type, body))
