"""Rules for documents that pass through the plan unread: compositions, input of plugins."""

from __future__ import annotations

from collections.abc import Iterator

from compiler import mistakes
from compiler.diagnostics import Diagnostic
from compiler.language.objects import start_of
from compiler.language.parts import ServiceSet
from compiler.language.steps import (
    CompositionStep,
    FreestyleStep,
    LaunchCompositionStep,
    PluginStep,
    Step,
)
from compiler.syntax.nodes import Node, below

MAX_DEPTH = 25
"""Readers of protobuf stop at 100 messages in one another, and each level takes three."""


def document_mistakes(step: Step) -> Iterator[Diagnostic]:
    """Yield the documents of a step that no plan can hold."""
    match step:
        case CompositionStep():
            yield from _depth_mistakes(step.composition)
            for candidate in step.composition_candidates:
                yield from _depth_mistakes(candidate.overlay)
        case LaunchCompositionStep():
            yield from _depth_mistakes(step.composition)
        case FreestyleStep(services=ServiceSet() as services):
            yield from service_mistakes(services)
        case PluginStep(arguments=arguments) if arguments:
            yield from _depth_mistakes(arguments)


def service_mistakes(services: ServiceSet) -> Iterator[Diagnostic]:
    """Yield a composition of services that no plan can hold."""
    yield from _depth_mistakes(services.composition)


def _depth_mistakes(document: Node) -> Iterator[Diagnostic]:
    if deep := below(document, MAX_DEPTH):
        yield mistakes.too_deep(start_of(deep.span), MAX_DEPTH)
