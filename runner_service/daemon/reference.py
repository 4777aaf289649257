"""Taking an image reference apart, as the Engine API wants it; the grammar is not checked."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An image reference in its parts."""

    repository: str
    """With the domain, as it was written."""
    tag: str
    """The tag, or the digest (`sha256:...`) where the reference has one."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the parts; the tag is `latest` if there is none."""
        repository, at, digest = text.partition("@")
        path, colon, tag = repository.rpartition(":")
        if not colon or "/" in tag:  # the colon of a port
            path, tag = repository, "latest"
        return cls(repository=path, tag=digest if at else tag)

    def __str__(self) -> str:
        return f"{self.repository}{'@' if ':' in self.tag else ':'}{self.tag}"
