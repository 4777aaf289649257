"""The stages in order: the page to read first.

    bytes → Source → nodes → pipeline as written → what it means → plan
            decode   read_yaml   bind         refer, resolve, check   lower

Every stage is a function that collects findings and goes on; a mistake never stops the next stage
from finding more, but no plan is made of a pipeline with errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from compiler import mistakes
from compiler.diagnostics import MAX_ERRORS, Diagnostic, Findings, Severity, TooManyErrors
from compiler.language.pipeline import Pipeline
from compiler.model.scope import Scope
from compiler.model.steps import ResolvedStep
from compiler.passes.bind import bind
from compiler.passes.check import check
from compiler.passes.refer import refer
from compiler.passes.resolve import resolve
from compiler.registries import Registries, UnknownRegistries
from compiler.source import Position, Source, Span
from compiler.syntax.yaml_reader import read_yaml

if TYPE_CHECKING:
    from freshet.plan.v1.plan_pb2 import Plan

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found in a pipeline."""

    source: Source
    diagnostics: tuple[Diagnostic, ...]
    """By place."""

    @property
    def valid(self) -> bool:
        """Whether there is no error."""
        return all(each.severity is not Severity.ERROR for each in self.diagnostics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled(Checked):
    """What was found in a pipeline, and its plan."""

    plan: Plan | None
    """None when there are errors."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Passwords that stand in the file, by `store/key`: the run gets them beside the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meaning:
    source: Source
    findings: Findings
    pipeline: Pipeline | None
    scope: Scope
    steps: tuple[ResolvedStep, ...]


def check_pipeline(
    content: bytes,
    *,
    path: str = "codefresh.yml",
    variables: Mapping[str, str] | None = None,
    registries: Registries | None = None,
) -> Checked:
    """Find the mistakes of a pipeline.

    Args:
        content: The bytes of the file; any bytes give an answer.
        path: What the file is called in diagnostics.
        variables: Values that are known before the run. No secrets.
        registries: Who knows the registries; None: every name is accepted.
    """
    meaning = _understand(content, path, variables or {}, registries or UnknownRegistries())
    return Checked(source=meaning.source, diagnostics=meaning.findings.in_order())


def compile_pipeline(
    content: bytes,
    *,
    path: str = "codefresh.yml",
    variables: Mapping[str, str] | None = None,
    registries: Registries | None = None,
) -> Compiled:
    """Turn a pipeline into a plan. The arguments are those of `check_pipeline`."""
    meaning = _understand(content, path, variables or {}, registries or UnknownRegistries())
    diagnostics = meaning.findings.in_order()
    if meaning.pipeline is None or meaning.findings.has_errors:
        return Compiled(source=meaning.source, diagnostics=diagnostics, plan=None)
    from compiler.passes.lower import lower  # protobuf costs time that a check need not wait

    lowered = lower(meaning.steps, meaning.pipeline, meaning.scope, meaning.source)
    return Compiled(
        source=meaning.source,
        diagnostics=diagnostics,
        plan=lowered.plan,
        secrets=lowered.secrets,
    )


def _understand(
    content: bytes, path: str, variables: Mapping[str, str], registries: Registries
) -> _Meaning:
    findings = Findings()
    source = _decode(content, path, findings)
    try:
        return _meaning(source, variables, registries, findings)
    except TooManyErrors:
        end = Span(source.end, source.end)
        findings.add(mistakes.too_many_errors(end, MAX_ERRORS))
        scope = Scope(step_types={}, variables=variables)
        return _Meaning(source=source, findings=findings, pipeline=None, scope=scope, steps=())


def _meaning(
    source: Source, variables: Mapping[str, str], registries: Registries, findings: Findings
) -> _Meaning:
    nodes = None if findings.has_errors else read_yaml(source, findings)
    unreadable = findings.has_errors and nodes is None
    pipeline = None if unreadable else bind(nodes, findings)
    steps = pipeline.steps if pipeline else ()
    types = {step.name.text: step.type.text for step in steps}
    scope = Scope(step_types=types, variables=variables)
    resolved: tuple[ResolvedStep, ...] = ()
    if pipeline:
        refer(pipeline, scope, findings)
        resolved = resolve(pipeline, scope, registries, findings)
        check(resolved, scope, findings)
    return _Meaning(
        source=source, findings=findings, pipeline=pipeline, scope=scope, steps=resolved
    )


def _decode(content: bytes, path: str, findings: Findings) -> Source:
    try:
        return Source(path, content.decode("utf-8").removeprefix(_BOM), content)
    except UnicodeDecodeError as error:
        text = content.decode("utf-8", errors="replace").removeprefix(_BOM)
        source = Source(path, text, content)
        good = content[: error.start].decode("utf-8").removeprefix(_BOM)
        place = source.position(len(good))
        end = Position(place.line, place.column + 1)
        findings.add(mistakes.not_text(Span(place, end), "these bytes are no UTF-8"))
        return source
