"""What is needed to log in to a registry, and how it comes from a record and its secret."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """User name and password for one domain; both empty: anonymous."""

    domain: str
    username: str = ""
    password: str = field(default="", repr=False)
    expire_time: datetime | None = None
    """None: not known."""

    @property
    def anonymous(self) -> bool:
        """Whether no login takes place."""
        return not (self.username or self.password)
