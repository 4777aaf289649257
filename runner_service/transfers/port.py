"""Port: one registry as one account; the real one and the fake keep the same contract tests."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
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

    def is_of(self, image_id: str) -> bool:
        """Tell whether it belongs to an image of a daemon.

        Such an id is the digest of the image's configuration or, in containerd's store, of this.
        """
        if image_id == self.digest:
            return True
        try:
            return bool(json.loads(self.body)["config"]["digest"] == image_id)
        except (ValueError, KeyError, TypeError):  # a list of manifests, or none at all
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A layer or configuration, as manifests name it."""

    digest: str
    """With an algorithm that registries know: `sha256:...`."""
    size_bytes: int

    @property
    def algorithm(self) -> str:
        """Name of the hash function."""
        return self.digest.partition(":")[0]


BlobReader = Callable[[], AsyncGenerator[bytes]]
"""Reads a blob in pieces, from its beginning at each call; raises when it is not whole."""


class RemoteRegistry(Protocol):
    """One registry as one account. All raise `Refusal`; none retries."""

    async def digest(self, path: str, reference: str) -> str | None:
        """Return the digest of the manifest that a tag or digest names; None: there is none."""

    async def manifest(self, path: str, reference: str) -> Manifest:
        """Return the manifest that a tag or digest names, which must be there."""

    async def put_manifest(self, path: str, reference: str, manifest: Manifest) -> None:
        """Give a manifest, all of whose parts are there, a tag."""

    async def has_blob(self, path: str, blob: Blob) -> bool:
        """Tell whether a repository has a blob."""

    def read_blob(self, path: str, blob: Blob) -> AsyncGenerator[bytes]:
        """Yield a blob in pieces; refused at its end unless size and digest are as said."""

    async def mount_blob(self, path: str, blob: Blob, source_path: str) -> bool:
        """Let a repository have a blob of another one in this registry.

        False: it must be uploaded; the registry does not do it, or the account may not read there.
        """

    async def upload_blob(self, path: str, blob: Blob, read: BlobReader) -> None:
        """Send a blob, piece by piece; the registry takes it only if its digest is as said.

        What `read` raises comes back. It is called again when the registry asks for a login.
        """

    async def lists_referrers(self, path: str, digest: str) -> bool:
        """Tell whether the registry lists what is attached to an image, which must be there."""

    async def check_pull(self, path: str, reference: str) -> None:
        """Refuse when the account may not pull; whether the image is there does not matter."""

    async def check_push(self, path: str) -> None:
        """Refuse when the account may not push. Nothing stays behind, nothing is made."""


class RemoteRegistries(Protocol):
    """Opens registries."""

    def open(self, login: Login) -> AbstractAsyncContextManager[RemoteRegistry]:
        """Lend the registry of `login` as its account; making it asks nobody."""
