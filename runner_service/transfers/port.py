"""Port: one registry as one account; the real one and the fake keep the same contract tests."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from runner_service.daemon.errors import FailureReason
from runner_service.registries import Login


class Refusal(Exception):
    """A registry did not do what it was asked, or gave no answer."""

    def __init__(
        self, words: str, reason: FailureReason, retry_after_s: float | None = None
    ) -> None:
        """Note its `words`, without secrets, and when it wants to be asked again."""
        super().__init__(words)
        self.words = words
        self.reason = reason
        self.retry_after_s = retry_after_s

    @property
    def unheard(self) -> bool:
        """Whether the registry itself said nothing: it was not reached."""
        return self.reason in (FailureReason.UNREACHABLE, FailureReason.TLS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest, byte by byte as the registry has it."""

    digest: str
    media_type: str
    body: bytes


class RemoteRegistry(Protocol):
    """One registry as one account. All raise `Refusal`; none retries."""

    async def digest(self, path: str, reference: str) -> str | None:
        """Return the digest of the manifest that a tag or digest names; None: there is none."""

    async def manifest(self, path: str, reference: str) -> Manifest:
        """Return the manifest that a tag or digest names, which must be there."""

    async def put_manifest(self, path: str, reference: str, manifest: Manifest) -> None:
        """Give a manifest, all of whose parts are there, a tag."""

    async def check_pull(self, path: str, reference: str) -> None:
        """Refuse when the account may not pull; whether the image is there does not matter."""

    async def check_push(self, path: str) -> None:
        """Refuse when the account may not push. Nothing stays behind, nothing is made."""


class RemoteRegistries(Protocol):
    """Opens registries."""

    def open(self, login: Login) -> AbstractAsyncContextManager[RemoteRegistry]:
        """Lend the registry of `login` as its account; making it asks nobody."""
