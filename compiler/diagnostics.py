"""What the compiler tells about a pipeline: values, collected, never exceptions."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from compiler.record import Record
from compiler.source import Span


class Severity(Enum):
    """How grave a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Related(Record):
    """Another place that matters."""

    message: str
    span: Span


class Diagnostic(Record):
    """One finding."""

    code: str
    """Stable, `FR` and three digits; `mistakes` lists them."""
    message: str
    span: Span
    severity: Severity = Severity.ERROR
    help: str = ""
    """What to do. May be empty."""
    related: tuple[Related, ...] = ()
    facts: Mapping[str, str] = MappingProxyType({})
    """The changing parts of the message, by name."""


MAX_ERRORS = 1000
"""So many errors are told of one file. Nobody reads more, and looking for them takes time."""


MAX_OTHERS = 1000
"""So many warnings and notes are told of one file."""


class TooManyErrors(Exception):
    """`MAX_ERRORS` were found: the compiler stops looking."""


class TooMuch(Exception):
    """The file holds too much of something, which is told: the compiler stops looking."""


class Findings:
    """Collects findings; the order they come in does not matter."""

    def __init__(self) -> None:
        self._diagnostics: list[Diagnostic] = []
        self._told: set[tuple[object, ...]] = set()
        self._error_count = 0
        self._other_count = 0
        self.is_cut = False
        """Whether there were more warnings and notes than are told."""

    def add(self, diagnostic: Diagnostic) -> None:
        """Note a finding, once for a place that several steps are made of or refer to.

        Raises:
            TooManyErrors: this was the last one that there is room for. It is noted.
        """
        identity = _identity(diagnostic)
        if identity in self._told:
            return
        is_error = diagnostic.severity is Severity.ERROR
        if not is_error and not self.has_room:
            self.is_cut = True
            return
        self._told.add(identity)
        self._diagnostics.append(diagnostic)
        self._error_count += is_error
        self._other_count += not is_error
        if is_error and self._error_count == MAX_ERRORS:
            raise TooManyErrors

    @property
    def has_room(self) -> bool:
        """Whether another warning or note would be told; looking for its place takes time."""
        return self._other_count < MAX_OTHERS

    @property
    def has_errors(self) -> bool:
        """Whether there is a finding of severity error."""
        return self._error_count > 0

    def in_order(self) -> tuple[Diagnostic, ...]:
        """Return the findings by place, then by code."""
        return tuple(sorted(self._diagnostics, key=lambda d: (d.span, d.code, d.message)))


def _identity(diagnostic: Diagnostic) -> tuple[object, ...]:
    """Return what makes a finding another one: in which of several steps it is does not."""
    facts = tuple(each for each in diagnostic.facts.items() if each[0] != "where")
    return (diagnostic.code, diagnostic.span, facts or diagnostic.message)
