"""What the JSON Schema says of pipelines."""

from typing import Any

import jsonschema

from compiler.diagnostics import Findings
from compiler.formats.schema import pipeline_schema
from compiler.source import Source
from compiler.syntax.nodes import Mapping, Node, Sequence
from compiler.syntax.yaml_reader import read_yaml

SCHEMA = pipeline_schema()
_VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def schema_mistakes(text: str) -> list[str]:
    """Return what a validator of schemas finds in a pipeline."""
    findings = Findings()
    document = read_yaml(Source("codefresh.yml", text, text.encode()), findings)
    assert not findings.has_errors
    return [error.message for error in _VALIDATOR.iter_errors(_plain(document))]


def _plain(node: Node | None) -> Any:  # noqa: ANN401  # JSON
    match node:
        case Mapping():
            return {entry.key.text: _plain(entry.value) for entry in node.entries}
        case Sequence():
            return [_plain(item) for item in node.items]
        case None:
            return None
        case _:
            return node.value
