"""What is said of a registry: one check for each thing that is tried."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Subject(Enum):
    """What is tried, in the order of the answer."""

    REACH = "reach"
    TLS = "tls"
    LOGIN = "login"
    PULL = "pull"
    PUSH = "push"


class Outcome(Enum):
    """What came of a trial."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was tried."""

    subject: Subject
    outcome: Outcome
    message: str
    """One sentence for people."""
    reason: str = ""
    """Stable, UPPER_SNAKE; empty when it did not fail."""

    @property
    def failed(self) -> bool:
        """Whether it does not work."""
        return self.outcome is Outcome.FAILED


def passed(subject: Subject, message: str) -> Check:
    """Return that `subject` works."""
    return Check(subject=subject, outcome=Outcome.PASSED, message=message)


def failed(subject: Subject, reason: str, message: str) -> Check:
    """Return that `subject` does not work."""
    return Check(subject=subject, outcome=Outcome.FAILED, message=message, reason=reason)


def not_tried(subject: Subject, message: str) -> Check:
    """Return that `subject` was not tried."""
    return Check(subject=subject, outcome=Outcome.NOT_TRIED, message=message)
