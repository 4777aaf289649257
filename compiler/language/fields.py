"""The keys of the language, as tables: `bind` reads by them, and so can whoever explains them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What a field holds."""

    TEXT = auto()
    TEXTS = auto()
    FLAG = auto()
    STRICT_FLAG = auto()
    """A boolean that is no string such as `yes`."""
    COUNT = auto()
    """A whole number from 0."""
    ARGUMENTS = auto()
    """What is laid over the keys of the step."""
    RETRY = auto()
    TIMEOUT = auto()
    CREDENTIALS = auto()
    DOCKERFILE = auto()
    SSH = auto()
    SECRETS = auto()
    BUILDX = auto()
    IGNORED = auto()
    """Accepted, and without effect here."""
    IGNORED_MAPPING = auto()
    """A mapping that is accepted, and without effect here."""
    UNSUPPORTED = auto()
    """Part of the language that this version does not run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key."""

    name: str
    kind: Kind
    required: bool = False
    alias: str = ""
    """A second spelling, with a hyphen."""
    attribute: str = ""
    """Name in the tree where it is not that of the key."""
    choices: tuple[str, ...] = ()


Table = dict[str, Field]


def _table(*fields: Field) -> Table:
    return {field.name: field for field in fields}


def _field(
    name: str,
    kind: Kind = Kind.TEXT,
    *,
    required: bool = False,
    attribute: str = "",
    choices: tuple[str, ...] = (),
) -> Field:
    alias = name.replace("_", "-") if name in _ALIASED else ""
    return Field(
        name=name, kind=kind, required=required, alias=alias, attribute=attribute, choices=choices
    )


_ALIASED = frozenset(
    {"fail_fast", "working_directory", "image_name", "build_arguments", "tag_policy"}
)
"""Keys that may be written with hyphens; the platform renames these and no others."""

ROOT = _table(
    _field("version", Kind.IGNORED),  # read before anything else
    _field("steps", Kind.IGNORED),
    _field("stages", Kind.TEXTS),
    _field("mode", choices=("sequential", "parallel")),
    Field(name="fail_fast", kind=Kind.FLAG),
    Field(name="strict_fail_fast", kind=Kind.STRICT_FLAG),
    _field("build_version", choices=("v1", "v2")),
    _field("indicators", Kind.IGNORED),
    _field("success_criteria", Kind.UNSUPPORTED),
    _field("hooks", Kind.UNSUPPORTED),
    _field("services", Kind.UNSUPPORTED),
)

RESOURCE_KEYS = frozenset({"triggers", "cronTriggers"})
"""Keys of a pipeline resource that say when a run begins, and nothing of what it does."""

_COMMON = (
    _field("type"),
    _field("title"),
    _field("description"),
    _field("stage"),
    _field("fail_fast", Kind.FLAG),
    _field("strict_fail_fast", Kind.STRICT_FLAG),
    _field("retry", Kind.RETRY),
    _field("timeout", Kind.TIMEOUT),
    _field("arguments", Kind.ARGUMENTS),
    _field("docker_machine", Kind.IGNORED_MAPPING),
    _field("debug", Kind.IGNORED_MAPPING),
    _field("env", Kind.IGNORED_MAPPING),
    _field("when", Kind.UNSUPPORTED),
    _field("hooks", Kind.UNSUPPORTED),
    _field("on_success", Kind.UNSUPPORTED),
    _field("on_fail", Kind.UNSUPPORTED),
    _field("on_finish", Kind.UNSUPPORTED),
    _field("scale", Kind.UNSUPPORTED),
    _field("matrix", Kind.UNSUPPORTED),
)

_AWS = (
    _field("region", Kind.UNSUPPORTED),
    _field("role_arn", Kind.UNSUPPORTED),
    _field("aws_session_name", Kind.UNSUPPORTED),
    _field("aws_duration_seconds", Kind.UNSUPPORTED),
)

BUILD = _table(
    *_COMMON,
    *_AWS,
    _field("image_name", required=True),
    _field("working_directory"),
    _field("dockerfile", Kind.DOCKERFILE),
    _field("tag"),
    _field("tags", Kind.TEXTS),
    _field("tag_policy", choices=("original", "lowercase")),
    _field("registry"),
    _field("registry_contexts", Kind.TEXTS),
    _field("disable_push", Kind.FLAG),
    _field("build_arguments", Kind.TEXTS),
    _field("target"),
    _field("no_cache", Kind.FLAG),
    _field("no_cf_cache", Kind.FLAG),
    _field("cache_from", Kind.TEXTS),
    _field("cache_to", Kind.TEXTS),
    _field("squash", Kind.FLAG),
    _field("buildkit", Kind.FLAG),
    _field("ssh", Kind.SSH),
    _field("secrets", Kind.SECRETS),
    _field("progress"),
    _field("buildx", Kind.BUILDX),
    _field("platform"),
    _field("provider", Kind.UNSUPPORTED),
    _field("cosign", Kind.UNSUPPORTED),
    _field("metadata", Kind.UNSUPPORTED),
    _field("annotations", Kind.UNSUPPORTED),
)

PUSH = _table(
    *_COMMON,
    *_AWS,
    _field("candidate", required=True),
    _field("registry"),
    Field(name="image_name", kind=Kind.TEXT),  # without the alias that build has
    _field("tag"),
    _field("tags", Kind.TEXTS),
    _field("registry_context"),
    _field("provider", choices=("docker", "standard", "ecr")),
    _field("credentials", Kind.CREDENTIALS),
    _field("accessKeyId", attribute="access_key_id"),
    _field("secretAccessKey", attribute="secret_access_key"),
)

GIT_CLONE = _table(
    *_COMMON,
    _field("repo", required=True),
    _field("revision"),
    _field("git"),
    _field("credentials", Kind.CREDENTIALS),
    _field("working_directory"),
    _field("use_proxy", Kind.FLAG),
    _field("depth", Kind.COUNT),
    _field("exclude_blobs", Kind.FLAG),
    _field("skip_tags_on_update", Kind.FLAG),
)

STEP_TABLES = {"build": BUILD, "push": PUSH, "git-clone": GIT_CLONE}
"""Types of steps that are read."""

UNSUPPORTED_TYPES = frozenset(
    {
        "composition",
        "deploy",
        "freestyle",
        "freestyle-ssh",
        "github-action",
        "helm",
        "integration-test",
        "launch-composition",
        "parallel",
        "pending-approval",
        "push-tag",
        "services",
        "simple_travis",
        "travis",
    }
)
"""Types of steps that the language knows and this version does not run."""
