"""The source map: where the parts of a plan came from."""

from __future__ import annotations

import hashlib

from compiler.language.steps import Step
from compiler.source import Source, Span
from freshet.plan.v1 import plan_pb2, source_map_pb2
from freshet.plan.v1.operation_pb2 import Operation
from freshet.plan.v1.source_map_pb2 import SourceLocation

_FIELDS = frozenset(
    {
        "arguments",
        "candidate",
        "cmd",
        "commands",
        "composition",
        "composition_candidates",
        "cosign",
        "dockerfile",
        "entry_point",
        "image",
        "image_name",
        "registry",
        "repo",
        "revision",
        "services",
        "success_criteria",
        "tag",
        "tags",
        "volumes",
        "when",
        "working_directory",
    }
)
"""Fields whose places a failure in the run may want to show."""
_FIELDS_OF_OPERATIONS = {
    "annotate": ("metadata", "annotations"),
    "approve": ("timeout",),
    "build": ("dockerfile",),
    "clone": ("repo",),
    "compose": ("composition",),
    "deploy": ("service", "file_path"),
    "plugin": ("arguments",),
    "push": ("registry",),
    "run": ("commands", "cmd", "image"),
    "sign": ("cosign",),
}
"""The fields that tell most about an operation, by its kind; the first that is written counts."""


class Places:
    """The places of nodes, as they are added."""

    def __init__(self) -> None:
        self._locations: dict[str, list[SourceLocation]] = {}

    def add(self, node_id: str, span: Span) -> None:
        """Note where a node stands that has no fields of its own."""
        self._locations[node_id] = [_location(node_id, span)]

    def add_block(self, node_id: str, step: Step) -> None:
        """Note where a block and its fields stand."""
        self.add(node_id, step.span)
        for field in sorted(step.entries.keys() & _FIELDS):
            place = step.place(field) or step.span
            self._locations[node_id].append(_location(node_id, place, field=field))

    def add_step(self, planned: plan_pb2.Step, step: Step) -> None:
        """Note where a step, its fields and its operations stand."""
        self.add_block(planned.id, step)
        for index, operation in enumerate(planned.operations):
            location = _location(planned.id, _place(operation, step))
            location.operation_index = index
            self._locations[planned.id].append(location)

    def source_map(self, source: Source) -> source_map_pb2.SourceMap:
        """Return what was noted, sorted."""
        sha256_hex = hashlib.sha256(source.content).hexdigest()
        file = source_map_pb2.SourceFile(path=source.path, sha256_hex=sha256_hex)
        locations = [each for _, places in sorted(self._locations.items()) for each in places]
        return source_map_pb2.SourceMap(files=[file], locations=locations)


def _place(operation: Operation, step: Step) -> Span:
    fields = _FIELDS_OF_OPERATIONS[operation.WhichOneof("kind") or ""]
    return next((place for field in fields if (place := step.place(field))), step.span)


def _location(node_id: str, span: Span, *, field: str = "") -> SourceLocation:
    location = SourceLocation(node_id=node_id, field=field)
    # Written in place: there are many, and a message given to another one is copied.
    start, end = location.span.start, location.span.end
    start.line, start.column = span[0] + 1, span[1] + 1
    end.line, end.column = span[2] + 1, span[3] + 1
    return location
