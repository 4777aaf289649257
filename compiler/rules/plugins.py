"""Rules for steps of catalogues."""

from __future__ import annotations

from collections.abc import Iterator

from compiler import mistakes
from compiler.diagnostics import Diagnostic
from compiler.language.steps import PluginStep
from compiler.syntax.nodes import Scalar

_DEFAULT_HELM_VERSION = "2.0.0"


def plugin_mistakes(step: PluginStep) -> Iterator[Diagnostic]:
    """Yield the warning of a step of type `helm`, exactly, that runs Helm 2."""
    if step.type.text != "helm" or step.version:
        return
    entry = step.arguments.get("helm_version") if step.arguments else None
    if entry is None:
        yield mistakes.helm_2(_DEFAULT_HELM_VERSION, step.name.span)
    elif isinstance(entry.value, Scalar) and entry.value.text.startswith("2"):
        yield mistakes.helm_2(entry.value.text, entry.value.span)
