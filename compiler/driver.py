"""The stages in order: the page to read first.

    bytes → Source → nodes → pipeline as written → what it means → plan
            decode   read_yaml     bind        refer, resolve, check   lower
                     desugar

Every stage is a function that collects findings and goes on; a mistake never stops the next stage
from finding more, but no plan is made of a pipeline with errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from compiler import mistakes
from compiler.account import Account
from compiler.collection import collection_paused
from compiler.diagnostics import (
    MAX_ERRORS,
    MAX_OTHERS,
    Diagnostic,
    Findings,
    Severity,
    TooManyErrors,
    TooMuch,
)
from compiler.model.scope import Scope
from compiler.model.steps import ResolvedPipeline
from compiler.passes.bind import bind
from compiler.passes.check import check
from compiler.passes.desugar import desugar
from compiler.passes.refer import refer
from compiler.passes.resolve import resolve
from compiler.record import Record
from compiler.registries import Registries, UnknownRegistries
from compiler.rules.text import text_mistakes
from compiler.source import START, Position, Source, Span
from compiler.syntax.yaml_reader import read_yaml

if TYPE_CHECKING:
    from freshet.plan.v1.plan_pb2 import Plan

_BOM = "\ufeff"

MAX_SIZE_BYTES = 4 * 1024 * 1024
"""What a file may have: the worst that fits into it is read in seconds."""


class Checked(Record):
    """What was found in a pipeline."""

    source: Source
    diagnostics: tuple[Diagnostic, ...]
    """By place."""

    @property
    def valid(self) -> bool:
        """Whether there is no error."""
        return all(each.severity is not Severity.ERROR for each in self.diagnostics)


class Compiled(Checked):
    """What was found in a pipeline, and its plan."""

    plan: Plan | None
    """None when there are errors."""
    secrets: Mapping[str, str] = MappingProxyType({})
    """Passwords that stand in the file, by `store/key`: the run gets them beside the plan."""

    def __repr__(self) -> str:
        return f"Compiled(source={self.source!r}, valid={self.valid})"


class _Meaning(Record):
    source: Source
    findings: Findings
    scope: Scope
    resolved: ResolvedPipeline | None = None


def check_pipeline(
    content: bytes | str,
    *,
    path: str = "codefresh.yml",
    variables: Mapping[str, str] | None = None,
    registries: Registries | None = None,
    account: Account | None = None,
) -> Checked:
    """Find the mistakes of a pipeline.

    Args:
        content: The bytes of the file, or its text; any give an answer.
        path: What the file is called in diagnostics.
        variables: Values that are known before the run. No secrets.
        registries: Who knows the registries; None: every name is accepted.
        account: Names that the account has; None: every name is accepted.
    """
    with collection_paused():
        meaning = _understand(content, path, variables or {}, registries, account)
        return Checked(source=meaning.source, diagnostics=_diagnostics(meaning))


def compile_pipeline(
    content: bytes | str,
    *,
    path: str = "codefresh.yml",
    variables: Mapping[str, str] | None = None,
    registries: Registries | None = None,
    account: Account | None = None,
) -> Compiled:
    """Turn a pipeline into a plan. The arguments are those of `check_pipeline`."""
    with collection_paused():
        return _compile(content, path, variables or {}, registries, account)


def _compile(
    content: bytes | str,
    path: str,
    variables: Mapping[str, str],
    registries: Registries | None,
    account: Account | None,
) -> Compiled:
    meaning = _understand(content, path, variables, registries, account)
    diagnostics = _diagnostics(meaning)
    if meaning.resolved is None or meaning.findings.has_errors:
        return Compiled(source=meaning.source, diagnostics=diagnostics, plan=None)
    from compiler.passes.lower import lower  # protobuf costs time that a check need not wait

    lowered = lower(meaning.resolved, meaning.scope, meaning.source)
    return Compiled(
        source=meaning.source,
        diagnostics=diagnostics,
        plan=lowered.plan,
        secrets=lowered.secrets,
    )


def _understand(
    content: bytes | str,
    path: str,
    variables: Mapping[str, str],
    registries: Registries | None,
    account: Account | None,
) -> _Meaning:
    findings = Findings()
    source = _decode(content, path, findings)
    try:
        meaning = _meaning(source, variables, registries or UnknownRegistries(), findings)
        if meaning.resolved and account:
            from compiler.passes.consult import consult  # without an account nothing is asked

            consult(meaning.resolved.pipeline, meaning.scope, account, findings)
        return meaning
    except TooManyErrors:
        end = Span(source.end, source.end)
        findings.add(mistakes.too_many_errors(end, MAX_ERRORS))
    except TooMuch:
        pass  # it is told
    scope = Scope(step_types={}, variables=variables)
    return _Meaning(source=source, findings=findings, scope=scope)


def _diagnostics(meaning: _Meaning) -> tuple[Diagnostic, ...]:
    found = meaning.findings.in_order()
    if not meaning.findings.is_cut:
        return found
    end = Span(meaning.source.end, meaning.source.end)
    return (*found, mistakes.too_many_warnings(end, MAX_OTHERS))


def _meaning(
    source: Source, variables: Mapping[str, str], registries: Registries, findings: Findings
) -> _Meaning:
    root = None if findings.has_errors else read_yaml(source, findings)
    unreadable = findings.has_errors and root is None
    document = None if unreadable else desugar(root, findings)
    pipeline = bind(document, findings) if document else None
    scope = Scope.of(pipeline.steps if pipeline else (), variables)
    resolved = None
    if pipeline:
        refer(pipeline, scope, findings)
        resolved = resolve(pipeline, scope, registries, findings)
        check(resolved, scope, findings)
        for mistake in text_mistakes(source):
            findings.add(mistake)
    return _Meaning(source=source, findings=findings, scope=scope, resolved=resolved)


def _decode(content: bytes | str, path: str, findings: Findings) -> Source:
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogatepass")  # a lone one is told below
    if len(content) > MAX_SIZE_BYTES:
        findings.add(mistakes.too_large(START, len(content), MAX_SIZE_BYTES))
        return Source(path, "", content)
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
