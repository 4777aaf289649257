"""The source map: where the parts of a plan came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from compiler.language.pipeline import Step
from compiler.source import Position, Source, Span
from freshet.plan.v1 import source_map_pb2 as messages
from freshet.plan.v1.operation_pb2 import Operation

_FIELDS = ("candidate", "dockerfile", "image_name", "registry", "tag", "tags", "working_directory")
"""Fields whose places a failure in the run may want to show, sorted."""
_FIELD_OF_OPERATION = {"build": "dockerfile", "push": "registry", "clone": "repo"}
"""The field that tells most about an operation, by its kind."""


def source_map(
    steps: Mapping[str, Step], operations: Mapping[str, Sequence[Operation]], source: Source
) -> messages.SourceMap:
    """Return the places of steps, their main fields and their operations, sorted."""
    sha256_hex = hashlib.sha256(source.content).hexdigest()
    file = messages.SourceFile(path=source.path, sha256_hex=sha256_hex)
    locations = [
        location for name in sorted(steps) for location in _locations(steps[name], operations[name])
    ]
    return messages.SourceMap(files=[file], locations=locations)


def _locations(step: Step, operations: Sequence[Operation]) -> Iterator[messages.SourceLocation]:
    name = step.name.text
    yield messages.SourceLocation(node_id=name, span=_span(step.span))
    for field in _FIELDS:
        if place := step.places.get(field):
            yield messages.SourceLocation(node_id=name, field=field, span=_span(place))
    for index, operation in enumerate(operations):
        field = _FIELD_OF_OPERATION.get(operation.WhichOneof("kind") or "", "")
        place = step.places.get(field, step.span)
        yield messages.SourceLocation(node_id=name, operation_index=index, span=_span(place))


def _span(span: Span) -> messages.Span:
    return messages.Span(start=_position(span.start), end=_position(span.end))


def _position(position: Position) -> messages.Position:
    return messages.Position(line=position.line, column=position.column)
