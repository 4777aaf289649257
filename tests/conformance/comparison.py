"""Compares what the compiler says of a case with what the vendor says.

They agree when both find errors or both find none, and when each complaint of the vendor has an
error of ours in the same step about the same key. Words differ, and ours may find more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from compiler import Checked, check_pipeline
from compiler.diagnostics import Diagnostic, Findings, Severity
from compiler.syntax.yaml_reader import read_yaml
from tests.conformance.paths import path_at
from tests.conformance.vendor import Case, Complaint, Verdict
from tests.conformance.vendor_context import context_of

_QUOTED = re.compile(r'["`]([^"`]+)["`]')
_GIT_CODES = range(100, 104)
"""The vendor's codes about git integrations: ours are greater by `_GIT_SHIFT`."""
_GIT_SHIFT = 300
_TEXT_CODES = frozenset({400, 500})
"""The vendor's codes about the text itself, which libyaml words in its own way."""
_WORD_BREAK = re.compile(r"[.\[\]]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A diagnostic, and what it is about."""

    diagnostic: Diagnostic
    path: tuple[str, ...]
    """The keys that lead to its place; items of lists are numbers from 0."""

    def is_in(self, step: str) -> bool:
        """Whether it concerns the step of that name, by its place or by its facts."""
        facts = self.diagnostic.facts
        named = {facts.get("step"), *_QUOTED.findall(facts.get("where", ""))}
        return not step or step in self.path or step in named

    def is_about(self, keys: frozenset[str]) -> bool:
        """Whether it concerns one of the keys, by its place, its facts or its words."""
        return not keys or not keys.isdisjoint({*self.path, *self._words()})

    def _words(self) -> Iterator[str]:
        for text in (*self.diagnostic.facts.values(), *_QUOTED.findall(self.diagnostic.message)):
            yield text
            yield from _WORD_BREAK.split(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the compiler says of a case."""

    findings: tuple[Finding, ...] = ()
    crash: str = ""
    """The exception, which must never come; empty: none did."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings of severity error."""
        return tuple(each for each in self.findings if each.diagnostic.severity is Severity.ERROR)


def judge(case: Case, work: Callable[..., Checked] = check_pipeline) -> Judgement:
    """Return what the compiler says. It never raises: a crash is an answer, and a bad one.

    Args:
        case: What is judged.
        work: `check_pipeline`, or `compile_pipeline`, which makes a plan as well.
    """
    try:
        checked = work(case.content, **context_of(case))
        root = read_yaml(checked.source, Findings())
    except Exception as crash:  # any: whatever escapes the compiler is what this looks for
        return Judgement(crash=f"{type(crash).__name__}: {crash}")
    findings = (
        Finding(diagnostic=each, path=path_at(root, each.span.start))
        for each in checked.diagnostics
    )
    return Judgement(findings=tuple(findings))


def differences(case: Case, judgement: Judgement) -> tuple[str, ...]:
    """Return in what the two differ; nothing when they agree."""
    if judgement.crash:
        return (f"the compiler crashes: {judgement.crash}",)
    if case.verdict is Verdict.NONE:
        return ()
    if (case.verdict is Verdict.VALID) != (not judgement.errors):
        ours = "valid" if not judgement.errors else "error"
        return (f"the vendor says {case.verdict.value}, ours says {ours}",)
    return tuple(
        f"no error of ours for: {_shown(complaint)}"
        for complaint in case.complaints
        if not any(_answers(finding, complaint) for finding in judgement.errors)
    )


def _answers(finding: Finding, complaint: Complaint) -> bool:
    same_code = _our_code(complaint) in ("", finding.diagnostic.code)
    return same_code and finding.is_in(complaint.step) and finding.is_about(complaint.keys)


def _our_code(complaint: Complaint) -> str:
    """Return the code that the same mistake has here; empty: any."""
    if not complaint.code or complaint.code in _TEXT_CODES:
        return ""
    shift = _GIT_SHIFT if complaint.code in _GIT_CODES else 0
    return f"FR{complaint.code + shift}"


def _shown(complaint: Complaint) -> str:
    where = f"step {complaint.step}: " if complaint.step else ""
    code = f" ({complaint.code})" if complaint.code else ""
    return f"{where}{complaint.message or sorted(complaint.keys)}{code}"
