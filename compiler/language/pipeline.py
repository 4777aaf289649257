"""The pipeline as the user wrote it. A field that was not written is None or empty.

Sources of the fields: the platform's pages on the build, push and git-clone steps, and its
validator's schemas.
"""

from __future__ import annotations

from collections.abc import Mapping

from compiler.language.values import Flag, Number, Pair, Text
from compiler.record import Record
from compiler.source import Span


class Retry(Record):
    """How often and when a failed step is tried again."""

    max_attempts: Number | None = None
    delay: Number | None = None
    """In seconds."""
    exponential_factor: Number | None = None


class Step(Record):
    """What steps of all types have."""

    name: Text
    type: Text
    span: Span
    """The whole step, its name included."""
    places: Mapping[str, Span]
    """Where its fields stand, key included, by name of the field."""
    title: Text | None = None
    description: Text | None = None
    stage: Text | None = None
    fail_fast: Flag | None = None
    strict_fail_fast: Flag | None = None
    retry: Retry | None = None
    timeout: Text | None = None


class CloneStep(Step):
    """A step of type `git-clone`."""

    repo: Text
    revision: Text | None = None
    git: Text | None = None
    credentials: Credentials | None = None
    working_directory: Text | None = None
    use_proxy: Flag | None = None
    depth: Number | None = None
    exclude_blobs: Flag | None = None
    skip_tags_on_update: Flag | None = None


class Credentials(Record):
    """A user name and a password that stand in the pipeline."""

    username: Text
    password: Text


class InlineDockerfile(Record):
    """A Dockerfile that stands in the pipeline."""

    content: Text


class Buildx(Record):
    """A builder of its own."""

    span: Span
    driver: Text | None = None
    driver_opts: Text | None = None
    qemu_image: Text | None = None
    qemu_platforms: Text | None = None


class Secret(Record):
    """A secret of a build."""

    id: Text
    src: Text


class BuildStep(Step):
    """A step of type `build`."""

    image_name: Text
    working_directory: Text | None = None
    dockerfile: Text | InlineDockerfile | None = None
    tag: Text | None = None
    tags: tuple[Text, ...] = ()
    tag_policy: Text | None = None
    registry: Text | None = None
    registry_contexts: tuple[Text, ...] = ()
    disable_push: Flag | None = None
    build_arguments: tuple[Text, ...] = ()
    target: Text | None = None
    no_cache: Flag | None = None
    no_cf_cache: Flag | None = None
    cache_from: tuple[Text, ...] = ()
    cache_to: tuple[Text, ...] = ()
    squash: Flag | None = None
    buildkit: Flag | None = None
    ssh: tuple[Pair, ...] = ()
    secrets: tuple[Secret, ...] = ()
    progress: Text | None = None
    buildx: Flag | Buildx | None = None
    platform: Text | None = None


class PushStep(Step):
    """A step of type `push`."""

    candidate: Text
    registry: Text | None = None
    image_name: Text | None = None
    tag: Text | None = None
    tags: tuple[Text, ...] = ()
    registry_context: Text | None = None
    provider: Text | None = None
    credentials: Credentials | None = None
    access_key_id: Text | None = None
    secret_access_key: Text | None = None


class Pipeline(Record):
    """The whole file."""

    steps: tuple[Step, ...]
    unread_steps: frozenset[str] = frozenset()
    """Names of steps with mistakes of form, so that nobody calls them unknown."""
    stages: tuple[Text, ...] = ()
    fail_fast: Flag | None = None
    strict_fail_fast: Flag | None = None
