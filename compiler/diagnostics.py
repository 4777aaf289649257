"""What the compiler tells about a pipeline: values, collected, never exceptions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from compiler.source import Span


class Severity(Enum):
    """How grave a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another place that matters."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding."""

    code: str
    """Stable, `FR` and three digits; `mistakes` lists them."""
    message: str
    span: Span
    severity: Severity = Severity.ERROR
    help: str = ""
    """What to do. May be empty."""
    related: tuple[Related, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    """The changing parts of the message, by name."""


MAX_ERRORS = 1000
"""So many errors are told of one file. Nobody reads more, and looking for them takes time."""


class TooManyErrors(Exception):
    """`MAX_ERRORS` were found: the compiler stops looking."""


class Findings:
    """Collects findings; the order they come in does not matter."""

    def __init__(self) -> None:
        self._diagnostics: list[Diagnostic] = []
        self._error_count = 0

    def add(self, diagnostic: Diagnostic) -> None:
        """Note a finding.

        Raises:
            TooManyErrors: this was the last one that there is room for. It is noted.
        """
        self._diagnostics.append(diagnostic)
        if diagnostic.severity is Severity.ERROR:
            self._error_count += 1
            if self._error_count == MAX_ERRORS:
                raise TooManyErrors

    @property
    def has_errors(self) -> bool:
        """Whether there is a finding of severity error."""
        return self._error_count > 0

    def in_order(self) -> tuple[Diagnostic, ...]:
        """Return the findings by place, then by code."""
        return tuple(sorted(self._diagnostics, key=lambda d: (d.span, d.code, d.message)))
