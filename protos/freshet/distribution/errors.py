"""Why a registry cannot be spoken with, though a server answers.

DistributionError
├── TokenRefused
└── Unacceptable
"""

from freshet.distribution.words import Answer


class DistributionError(Exception):
    """A registry cannot be spoken with, though a server answers."""


class TokenRefused(DistributionError):
    """The token endpoint gave no token."""

    def __init__(self, answer: Answer) -> None:
        """Note what it answered."""
        super().__init__(f"its token endpoint answers HTTP {answer.status}")
        self.answer = answer


class Unacceptable(DistributionError):
    """The registry asks for what must not be done; the message says what."""
