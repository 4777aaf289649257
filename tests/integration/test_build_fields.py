"""Each field of a build step that says what is built and how it is called, on each engine."""

import json
import uuid

import pytest

from tests.engine import Environment
from tests.engine.registries import BASIC
from tests.integration.conftest import MakeRepository
from tests.integration.freshet_cli import Freshet

PIPELINE = """\
version: '1.0'
steps:
  image:
    title: All fields
    type: build
    image_name: {name}
    working_directory: service
    dockerfile: deploy/Prod
    build_arguments:
      - GREETING=hello there
      - EMPTY=
    target: second
    tag: Main_Tag
    tags: [Extra, other]
    tag_policy: {policy}
    no_cache: true
    no_cf_cache: true
    progress: plain
    squash: true
    registry: mine
"""
DOCKERFILE = """\
FROM alpine:3.20 AS first
ARG GREETING
ARG EMPTY=full
COPY hello.txt /
RUN echo "it says $GREETING and ($EMPTY)" && cat hello.txt
FROM first AS second
LABEL stage=second
FROM first AS third
RUN exit 9
"""
INLINE = """\
version: '1.0'
steps:
  image:
    type: build
    image_name: {name}
    tag: x
    disable_push: true
    dockerfile:
      content: |
        FROM alpine:3.20
        COPY codefresh.yml /
        RUN echo "written in the pipeline" && test -e /codefresh.yml
"""


def labels_of(environment: Environment, path: str, tag: str) -> dict[str, str]:
    """Return the labels of an image in a registry."""
    manifest = environment.fetch(BASIC, "GET", f"/v2/{path}/manifests/{tag}")
    assert manifest.status == 200, manifest.body
    told = json.loads(manifest.body)
    if "manifests" in told:
        digest = told["manifests"][0]["digest"]
        told = json.loads(environment.fetch(BASIC, "GET", f"/v2/{path}/manifests/{digest}").body)
    config = environment.fetch(BASIC, "GET", f"/v2/{path}/blobs/{told['config']['digest']}")
    return json.loads(config.body)["config"]["Labels"]  # type: ignore[no-any-return]  # JSON


@pytest.mark.parametrize(
    ("policy", "tags"),
    [
        ("lowercase", ["main_tag", "extra", "other"]),
        ("original", ["Main_Tag", "Extra", "other"]),
    ],
)
def test_every_field_does_what_it_says(
    on_each: Freshet, repository: MakeRepository, policy: str, tags: list[str]
) -> None:
    name = f"team/fields-{uuid.uuid4().hex[:8]}"
    files = {
        "codefresh.yml": PIPELINE.format(name=name, policy=policy),
        "service/deploy/Prod": DOCKERFILE,
        "service/hello.txt": "from the working directory\n",
    }

    done = on_each("run", directory=repository(files))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "it says hello there and ()" in done.stdout
    assert "from the working directory" in done.stdout
    assert "`squash` has no effect" in done.stdout + done.stderr
    for tag in tags:
        labels = labels_of(on_each.environment, name, tag)
        assert labels["stage"] == "second"
        assert labels["io.codefresh.repo.branch"] == "main"
        assert f"{name}:{tag}" in done.stdout


def test_dockerfile_may_stand_in_the_pipeline(on_each: Freshet, repository: MakeRepository) -> None:
    pipeline = INLINE.format(name=f"team/inline-{uuid.uuid4().hex[:8]}")

    done = on_each("run", directory=repository({"codefresh.yml": pipeline}))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "written in the pipeline" in done.stdout
