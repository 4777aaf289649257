"""Steps as the user wrote them. A field that was not written is None or empty.

Sources of the fields: the platform's pages on each type of step, and its validator's schemas. What
a field means stands in `tables`.
"""

from __future__ import annotations

from collections.abc import Mapping

from compiler.language.parts import (
    Annotations,
    ApprovalTimeout,
    Buildx,
    Candidate,
    CloudBuild,
    Cosign,
    Credentials,
    Hook,
    InlineDockerfile,
    Metadata,
    Notes,
    Retry,
    Secret,
    ServiceSet,
    SuccessCriteria,
    When,
)
from compiler.language.values import Flag, Number, Pair, Text
from compiler.record import Record
from compiler.source import Span
from compiler.syntax import nodes


class Step(Record):
    """What steps of all types have."""

    name: Text
    type: Text
    span: Span
    """The whole step, its name included."""
    entries: Mapping[str, nodes.Entry] = {}
    """Its fields as they were written, by name of the field."""
    title: Text | None = None
    description: Text | None = None
    stage: Text | None = None
    fail_fast: Flag | None = None
    strict_fail_fast: Flag | None = None
    when: When | None = None
    retry: Retry | None = None
    timeout: Text | None = None
    unlimited: bool = False
    """Whether it says `timeout: null`, against the block it is in."""
    hooks: tuple[Hook, ...] = ()
    on_success: Notes | None = None
    on_fail: Notes | None = None
    on_finish: Notes | None = None

    def place(self, field: str) -> Span | None:
        """Return where a field stands, key included; None: it was not written."""
        entry = self.entries.get(field)
        if entry is None:
            return None
        # An alias stands for a value elsewhere: the key alone is here.
        return entry.key.span.to(entry.value.span)


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


class AwsStep(Step):
    """A step that reaches a registry of Amazon Web Services in another region or by a role."""

    region: Text | None = None
    role_arn: Text | None = None
    aws_session_name: Text | None = None
    aws_duration_seconds: Number | None = None


class BuildStep(AwsStep):
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
    provider: CloudBuild | None = None
    """None: the engine's own builder."""
    cosign: Cosign | None = None
    metadata: Metadata | None = None
    annotations: Annotations | None = None


class PushStep(AwsStep):
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


class PushTagStep(AwsStep):
    """A step of type `push-tag`, the older way to give an image more tags."""

    image_name: Text
    tags: tuple[Text, ...]


class FreestyleStep(Step):
    """A step of type `freestyle`: a container."""

    image: Text
    commands: tuple[Text, ...] | None = None
    """None: the command of the image, or `cmd`."""
    cmd: tuple[Text, ...] | Text | None = None
    entry_point: tuple[Text, ...] | Text | None = None
    shell: Text | None = None
    environment: tuple[Text, ...] = ()
    working_directory: Text | None = None
    volumes: tuple[Text, ...] = ()
    services: ServiceSet | tuple[Text, ...] | None = None
    """Names: sets of services of the pipeline."""
    registry_context: Text | None = None
    role_arn: Text | None = None


class CompositionStep(Step):
    """A step of type `composition`: containers of which some decide the result."""

    composition: nodes.Node
    composition_candidates: tuple[Candidate, ...]
    composition_variables: tuple[Text, ...] = ()
    working_directory: Text | None = None
    registry_contexts: tuple[Text, ...] = ()
    add_flow_volume_to_composition: Flag | None = None


class LaunchCompositionStep(Step):
    """A step of type `launch-composition`: containers that stay up."""

    composition: nodes.Node
    composition_variables: tuple[Text, ...] = ()
    working_directory: Text | None = None
    environment_name: Text | None = None
    entry_point: Text | None = None
    registry_contexts: tuple[Text, ...] = ()


class ApprovalStep(Step):
    """A step of type `pending-approval`."""

    approval_timeout: ApprovalTimeout | None = None


class DeployStep(Step):
    """A step of type `deploy`."""

    kind: Text
    namespace: Text
    cluster: Text | None = None
    service: Text | None = None
    file_path: Text | None = None
    candidate_image: Text | None = None
    candidate_registry: Text | None = None
    rollout_timeout: Text | None = None
    """In seconds, as a string."""


class ParallelStep(Step):
    """A step of type `parallel`: a block of steps."""

    steps: tuple[Step, ...]
    success_criteria: SuccessCriteria | None = None


class PluginStep(Step):
    """A step of a catalogue, or of a type that this engine only passes on."""

    version: str = ""
    """Empty: the newest."""
    arguments: nodes.Mapping | None = None
    """Its input: what stands under `arguments`, or all keys that are not common ones."""
