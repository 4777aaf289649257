"""Why a trial cannot go on, though a server answers.

TrialError
├── TokenRefused
└── Unacceptable
"""

from registry_service.probing.words import Answer


class TrialError(Exception):
    """A trial cannot go on, though a server answers."""


class TokenRefused(TrialError):
    """The token endpoint gave no token."""

    def __init__(self, answer: Answer) -> None:
        """Note what it answered."""
        super().__init__(f"its token endpoint answers HTTP {answer.status}")
        self.answer = answer


class Unacceptable(TrialError):
    """The registry asks for what must not be done; the message says what."""
