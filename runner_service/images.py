"""Tags and references of images as operations use them; faults are found before any work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from freshet.plan.v1.expression_pb2 import Template
from freshet.plan.v1.operation_pb2 import RegistrySelector, TagPolicy
from freshet.rpc.names import REGISTRIES
from runner_service.errors import StepFailed
from runner_service.values import Values

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_TAG_HELP = (
    "a tag has at most 128 letters, digits, `_`, `.` or `-` and begins with neither `.` nor `-`; "
    "`${{CF_BRANCH_TAG_NORMALIZED}}` is the branch in a legal form"
)


def read_tags(
    templates: Iterable[Template], policy: TagPolicy.ValueType, values: Values
) -> list[str]:
    """Return the tags in order, each once.

    Raises:
        StepFailed: a tag is not legal.
    """
    tags = []
    for template in templates:
        tag = values.text(template)
        if not _TAG.fullmatch(tag):
            raise StepFailed("INVALID_TAG", f'"{tag}" is not a legal tag', _TAG_HELP)
        tags.append(tag.lower() if policy == TagPolicy.TAG_POLICY_LOWERCASE else tag)
    return list(dict.fromkeys(tags))


def read_registry_ids(selectors: Iterable[RegistrySelector], values: Values) -> Sequence[str]:
    """Return the names of registries as the pipeline writes them."""
    return [
        REGISTRIES.id(selector.registry)
        if selector.WhichOneof("kind") == "registry"
        else values.text(selector.registry_id)
        for selector in selectors
    ]
