"""The source map: where the parts of a plan came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from compiler.language.values import Text
from compiler.model.steps import ResolvedStep
from compiler.source import Position, Source, Span
from freshet.plan.v1 import source_map_pb2 as messages

_FIELDS = ("candidate", "dockerfile", "image_name", "registry", "tag", "working_directory")
"""Fields whose places a failure in the run may want to show, sorted."""


def source_map(steps: tuple[ResolvedStep, ...], source: Source) -> messages.SourceMap:
    """Return the places of steps and of their main fields, sorted."""
    sha256_hex = hashlib.sha256(source.content).hexdigest()
    file = messages.SourceFile(path=source.path, sha256_hex=sha256_hex)
    ordered = sorted(steps, key=lambda resolved: resolved.step.name.text)
    locations = [location for each in ordered for location in _locations(each)]
    return messages.SourceMap(files=[file], locations=locations)


def _locations(resolved: ResolvedStep) -> Iterator[messages.SourceLocation]:
    step = resolved.step
    yield messages.SourceLocation(node_id=step.name.text, span=_span(step.name.span))
    for field in _FIELDS:
        value = getattr(step, field, None)
        if isinstance(value, Text):
            yield messages.SourceLocation(
                node_id=step.name.text, field=field, span=_span(value.span)
            )


def _span(span: Span) -> messages.Span:
    return messages.Span(start=_position(span.start), end=_position(span.end))


def _position(position: Position) -> messages.Position:
    return messages.Position(line=position.line, column=position.column)
