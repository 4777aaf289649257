"""Makes whole pipelines of fragments, on their text, so that what they hold stays as written."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

import yaml

_PIPELINE_KEYS = frozenset({"steps", "stages", "hooks", "mode", "services", "success_criteria"})
_VERSION = "version: '1.0'\n"
_INDENT = "  "


def wrapped(text: str, how: str) -> str:
    """Return the pipeline that `text` is a fragment of.

    Args:
        text: Steps, the body of one, or a document with a `spec`.
        how: What the record says about it; empty: nothing is laid around it.
    """
    if not how:
        return text
    if how.startswith("spec."):
        return _VERSION + "".join(_spec_lines(text))
    indent = _INDENT if "{step:" not in how else _INDENT * 2
    begin = "steps:\n" if "{step:" not in how else f"steps:\n{_INDENT}step:\n"
    stages = f"stages: {json.dumps(_stages(text))}\n" if "stages taken" in how else ""
    return _VERSION + stages + begin + textwrap.indent(text, indent)


def _spec_lines(text: str) -> Iterator[str]:
    """Yield the keys of `spec` that belong to the pipeline itself."""
    lines = [f"{line}\n" for line in text.splitlines()]
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    assert isinstance(root, yaml.MappingNode)
    spec = next(value for key, value in root.value if key.value == "spec")
    for key, value in spec.value:
        if key.value in _PIPELINE_KEYS:
            end = max(value.end_mark.line, key.start_mark.line + 1)
            yield textwrap.dedent("".join(lines[key.start_mark.line : end]))


def _stages(text: str) -> list[str]:
    """Return the stages that the steps of a fragment name."""
    found: list[str] = []
    open_values = [yaml.safe_load(text)]
    while open_values:
        value = open_values.pop()
        if isinstance(value, list):
            open_values += value
        elif isinstance(value, dict):
            found += [value["stage"]] if isinstance(value.get("stage"), str) else []
            open_values += value.values()
    return sorted(set(found))
