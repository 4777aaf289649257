"""Parts of steps and pipelines that have fields of their own, as the user wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compiler.language.values import Flag, Number, Text
from compiler.record import Record
from compiler.source import Span
from compiler.syntax import nodes

if TYPE_CHECKING:
    from compiler.language.steps import FreestyleStep, Step


class Retry(Record):
    """How often and when a failed step is tried again."""

    max_attempts: Number | None = None
    delay: Number | None = None
    """In seconds."""
    exponential_factor: Number | None = None


class NamedExpression(Record):
    """A condition under a name."""

    name: Text
    expression: Text


class Conditions(Record):
    """Named conditions: all of the first, and one of the second, must hold."""

    all: tuple[NamedExpression, ...] | None = None
    any: tuple[NamedExpression, ...] | None = None


class Branch(Record):
    """Which branches a step runs for."""

    only: tuple[Text, ...] | None = None
    ignore: tuple[Text, ...] | None = None


class Dependency(Record):
    """A step that is waited for, and its states that satisfy the wait."""

    name: Text
    on: tuple[Text, ...] = ()
    """Empty: `success`."""


class Dependencies(Record):
    """Steps that are waited for."""

    items: tuple[Dependency, ...]
    any: bool = False
    """Whether one is enough."""


class When(Record):
    """When a step may start: all parts must hold."""

    branch: Branch | None = None
    condition: Conditions | None = None
    steps: Dependencies | None = None


class SuccessCriteria(Record):
    """What decides whether a block, or the pipeline, succeeded."""

    only: tuple[Text, ...] = ()
    ignore: tuple[Text, ...] = ()
    condition: Conditions | None = None


class Annotation(Record):
    """A note: a key, and possibly a value."""

    key: Text
    value: Text | Number | Flag | None = None
    evaluated: bool = False
    """Whether the value is a condition whose truth is noted."""


class AnnotationSet(Record):
    """Notes for one thing."""

    annotations: tuple[Annotation, ...]
    entity_id: Text | None = None
    entity_type: Text | None = None
    display: Text | None = None


class AnnotationRemoval(Record):
    """Keys of notes that are taken off one thing."""

    annotations: tuple[Text, ...]
    entity_id: Text | None = None
    entity_type: Text | None = None


class Annotations(Record):
    """Notes that are set and removed, in this order."""

    set: tuple[AnnotationSet, ...] = ()
    unset: tuple[AnnotationRemoval, ...] = ()


class ImageMetadata(Record):
    """Notes for one image."""

    image: Text | None
    """None: the image that the step built."""
    annotations: tuple[Annotation, ...]


class Metadata(Record):
    """Notes for images."""

    set: tuple[ImageMetadata, ...] = ()


class Notes(Record):
    """What is noted when a step has ended in some way."""

    metadata: Metadata | None = None
    annotations: Annotations | None = None


class Hook(Record):
    """What is done around a step or around the pipeline."""

    point: Text
    """`on_elected`, `on_success`, `on_fail` or `on_finish`."""
    span: Span
    steps: tuple[Step, ...] = ()
    parallel: bool = False
    fail_fast: Flag | None = None
    strict_fail_fast: Flag | None = None
    metadata: Metadata | None = None
    annotations: Annotations | None = None


class Readiness(Record):
    """When services count as ready."""

    run: FreestyleStep
    period_seconds: Number | None = None
    timeout_seconds: Number | None = None
    success_threshold: Number | None = None
    failure_threshold: Number | None = None


class ServiceSet(Record):
    """Containers that run beside a step or beside the pipeline."""

    composition: nodes.Node
    span: Span
    name: Text | None = None
    composition_variables: tuple[Text, ...] = ()
    shared_host_network: Flag | None = None
    readiness: Readiness | None = None
    setup: FreestyleStep | None = None


class Candidate(Record):
    """A service of a composition whose exit code decides the result."""

    service: Text
    overlay: nodes.Mapping


class Credentials(Record):
    """A user name and a password that stand in the pipeline."""

    username: Text
    password: Text


class InlineDockerfile(Record):
    """A Dockerfile that stands in the pipeline."""

    content: Text


class Qemu(Record):
    """The emulators of a builder."""

    image: Text | None = None
    platforms: Text | None = None


class Driver(Record):
    """The driver of a builder."""

    driver: Text | None = None
    driver_opts: Text | None = None


class Buildx(Record):
    """A builder of its own."""

    qemu: Qemu | None = None
    builder: Driver | None = None


class Secret(Record):
    """A secret of a build."""

    id: Text
    src: Text


class CacheRepository(Record):
    """Where Google Cloud Build keeps layers."""

    repo: Text
    ttl: Text | None = None


class CloudBuild(Record):
    """A build on Google Cloud Build."""

    cache: CacheRepository
    google_app_creds: Text | None = None
    timeout: Text | None = None
    machine_type: Text | None = None
    disk_size_gb: Number | None = None
    logs_bucket: Text | None = None


class Cosign(Record):
    """Whether and how an image is signed."""

    sign: Flag
    options: tuple[tuple[nodes.Entry, Text], ...] = ()


class ApprovalTimeout(Record):
    """How long somebody's approval is waited for, and what happens then."""

    duration: Number | None = None
    time_unit: Text | None = None
    final_state: Text | None = None
