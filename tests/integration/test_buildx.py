"""`buildx`, `platform` and `cache_to` of `codefresh.yml`: done, or refused by name."""

import json
import uuid

from tests.engine import DOCKER_26_CONTAINERD
from tests.engine.registries import BASIC
from tests.integration.conftest import MakeRepository
from tests.integration.freshet_cli import Freshet

PIPELINE = """\
version: '1.0'
steps:
  image:
    type: build
    image_name: {name}
    tag: x
    registry: mine
    buildx: true
    platform: linux/amd64,linux/arm64
    cache_to: ['type=registry,ref={domain}/cache/{name},mode=max']
    cache_from: ['type=registry,ref={domain}/cache/{name}']
"""


def test_platforms_and_cache_are_pushed_or_refused_by_name(
    on_each: Freshet, repository: MakeRepository
) -> None:
    name, environment = f"image-{uuid.uuid4().hex[:12]}", on_each.environment
    pipeline = PIPELINE.format(name=name, domain=environment.registries[BASIC].domain)
    files = {"codefresh.yml": pipeline, "Dockerfile": "FROM scratch\nCOPY codefresh.yml /\n"}

    done = on_each("run", directory=repository(files))

    if environment.kind != DOCKER_26_CONTAINERD:
        assert done.returncode == 1, done.stdout + done.stderr
        assert "with the image store graphdriver cannot do images of several" in done.stderr
        assert "containerd-snapshotter" in done.stderr
        assert "Building" not in done.stdout
        return
    assert done.returncode == 0, done.stdout + done.stderr
    answer = environment.fetch(BASIC, "GET", f"/v2/{name}/manifests/x")
    assert answer.headers["Docker-Content-Digest"] in done.stdout
    platforms = [each["platform"]["architecture"] for each in json.loads(answer.body)["manifests"]]
    assert platforms == ["amd64", "arm64"]
    assert environment.fetch(BASIC, "GET", f"/v2/cache/{name}/manifests/latest").status == 200


def test_buildx_with_one_platform_builds_on_each_engine(
    on_each: Freshet, repository: MakeRepository
) -> None:
    pipeline = """\
version: '1.0'
steps:
  image:
    type: build
    image_name: one-platform
    tag: x
    disable_push: true
    platform: linux/arm64
    progress: quiet
    buildx: {builder: {driver_opts: image=elsewhere}}
    cache_to: [type=inline]
"""
    files = {"codefresh.yml": pipeline, "Dockerfile": "FROM scratch\nCOPY codefresh.yml /\n"}

    done = on_each("run", directory=repository(files))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "builder.driver_opts have no effect" in done.stdout
    assert "COPY codefresh.yml" not in done.stdout
    shown = on_each.environment.docker("inspect", "--format={{.Architecture}}", "one-platform:x")
    assert shown.stdout.strip() == "arm64"


def test_cache_of_another_type_fails_the_step_by_name(
    freshet: Freshet, repository: MakeRepository
) -> None:
    pipeline = """\
version: '1.0'
steps:
  image:
    {type: build, image_name: x, tag: x, disable_push: true, cache_from: ['type=local,src=x']}
"""

    done = freshet("run", directory=repository({"codefresh.yml": pipeline}))

    assert done.returncode == 4
    assert 'caches of the type "local"' in done.stdout
