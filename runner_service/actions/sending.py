"""Sends one image to one repository, once: a tag, and whether it is there.

The image itself goes once; further tags are given over the registry's API.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass

from runner_service.actions.cargo import Cargo
from runner_service.actions.destination import Destination
from runner_service.context import OperationContext
from runner_service.daemon.errors import (
    DaemonUnavailable,
    FailureReason,
    PullFailed,
    PushFailed,
)
from runner_service.daemon.port import PushedImage
from runner_service.transfers import Manifest, Place, Refusal, RemoteRegistry

_DOUBT_COUNT = 2
"""How often a daemon is asked again that tells no reason, or one that the registry denies."""
_DOUBTFUL = (FailureReason.DENIED, FailureReason.UNAUTHORIZED, FailureReason.UNKNOWN)
_UNSURE = (FailureReason.UNREACHABLE, FailureReason.TLS, FailureReason.REGISTRY_ERROR)
"""A gateway gives up, or fails, when the registry behind it has taken all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A tag that is in the registry."""

    digest: str
    manifest_size_bytes: int


class Sending:
    """One image on its way to one repository; nothing is tried twice here."""

    def __init__(self, cargo: Cargo, destination: Destination, context: OperationContext) -> None:
        """Send `cargo` for the operation of `context`; `open` comes first, `close` last."""
        self.destination = destination
        """With the login that the registry took last."""
        self.unsure = False
        """Whether something was sent and nobody said what became of it."""
        self._cargo = cargo
        self._context = context
        self._first: PushedImage | None = None
        """What was sent. Every further tag is one more name of it."""
        self._verified = False
        self._manifest: Manifest | None = None
        self._doubts = 0
        self._opened = AsyncExitStack()
        self._registry: RemoteRegistry | None = None
        self._heard = False

    def reference(self, tag: str) -> str:
        """Return the whole reference of a tag."""
        return f"{self.destination.repository}:{tag}"

    @property
    def place(self) -> Place | None:
        """Where the image is; None: only the daemon reaches it."""
        if self._registry is None or not self._heard:
            return None
        domain, path = self.destination.login.domain, self.destination.path
        return Place(remote=self._registry, domain=domain, path=path)

    async def open(self, destination: Destination) -> None:
        """Open the registry with the login of `destination`; connections and tokens are kept."""
        await self.close()
        self.destination = destination
        remotes = self._context.run.transfers.remotes
        self._registry = await self._opened.enter_async_context(remotes.open(destination.login))

    async def close(self) -> None:
        """Let go of the registry."""
        await self._opened.aclose()

    async def attempt(self, tag: str) -> Delivered:
        """Bring the image to a tag; what is returned was read back from the registry.

        Raises:
            DaemonError: it did not work, or it is not known whether it did.
            Refusal: the registry refused something.
        """
        remote = await self._remote()
        delivered = await (self._tag if self._verified else self._push)(tag, remote)
        self.unsure = False
        return delivered

    async def may_be_there(self, tag: str) -> bool:
        """Tell whether what was sent may be there: it is, or the registry cannot be asked."""
        assert self._registry is not None, "it is opened first"
        try:
            digest = await self._registry.digest(self.destination.path, tag)
            if digest is None:
                return False
            if sent := self._manifest or self._first:
                return digest == sent.digest
            found = await self._registry.manifest(self.destination.path, tag)
        except Refusal:
            return True
        return found.is_of(self._cargo.image_id)

    async def _push(self, tag: str, remote: RemoteRegistry | None) -> Delivered:
        """Send the image. After a trouble with reading back, only that is done again."""
        if self._first is None:
            self._first = await self._sent(tag, remote)
        await self._read_back(tag, self._first.digest, remote)
        self._verified = True
        return Delivered(
            digest=self._first.digest, manifest_size_bytes=self._first.manifest_size_bytes
        )

    async def _sent(self, tag: str, remote: RemoteRegistry | None) -> PushedImage:
        try:
            sent = await self._cargo.send(tag, self.destination, remote)
        except DaemonUnavailable:
            self.unsure = True
            raise
        except PushFailed as error:
            self.unsure |= error.reason in _UNSURE
            raise await self._explained(error, tag, remote) from error
        except Refusal as refusal:
            self.unsure |= refusal.reason in _UNSURE
            raise
        self.unsure = True
        return sent

    async def _tag(self, tag: str, remote: RemoteRegistry | None) -> Delivered:
        """Give the image that is there one more tag."""
        assert self._first is not None
        if remote is None:  # only the daemon reaches the registry; it finds all layers there
            pushed = await self._sent(tag, remote)
            await self._read_back(tag, pushed.digest, remote)
            return Delivered(digest=pushed.digest, manifest_size_bytes=pushed.manifest_size_bytes)
        path = self.destination.path
        manifest = self._manifest = self._manifest or await remote.manifest(
            path, self._first.digest
        )
        try:
            await remote.put_manifest(path, tag, manifest)
        except Refusal as refusal:
            self.unsure |= refusal.reason in _UNSURE
            raise
        self.unsure = True
        await self._read_back(tag, manifest.digest, remote)
        return Delivered(digest=manifest.digest, manifest_size_bytes=len(manifest.body))

    async def _read_back(self, tag: str, digest: str, remote: RemoteRegistry | None) -> None:
        """Make sure that the image can be fetched by its digest, and by its tag."""
        by_tag = await self._digest_there(tag, remote)
        if self._verified and by_tag == digest:
            return  # by its digest it was fetched for the tag before
        by_digest = await self._digest_there(digest, remote)
        if by_digest == digest and by_tag == digest:
            return
        if by_digest == digest and by_tag is not None:
            self._context.warn(
                "TAG_OVERTAKEN",
                f'"{self.reference(tag)}" was pushed as {digest} and names {by_tag} by now: '
                "somebody else pushed it meanwhile",
                "the image can be fetched by its digest",
            )
            return
        if not self._verified:
            self._first = None  # it is pushed anew
        lacking = tag if by_digest == digest else digest
        words = f'the registry took the image and has no "{lacking}"'
        raise PushFailed(self.reference(tag), words, FailureReason.REGISTRY_ERROR)

    async def _digest_there(self, version: str, remote: RemoteRegistry | None) -> str | None:
        if remote is not None:
            return await remote.digest(self.destination.path, version)
        mark = "@" if ":" in version else ":"
        reference = f"{self.destination.repository}{mark}{version}"
        credentials = self.destination.login.credentials
        try:
            return await self._context.run.daemon.remote_digest(reference, credentials)
        except PullFailed as error:
            raise Refusal(error.words, error.reason) from error

    async def _remote(self) -> RemoteRegistry | None:
        """Return the registry, which lets the account push; None: only the daemon reaches it.

        No daemon is asked with an account that the registry does not take: daemons merge
        transfers of one repository, and a wrong login could break, or borrow from, a right one.
        """
        assert self._registry is not None, "it is opened first"
        if self._first is None:
            try:
                await self._registry.check_push(self.destination.path)
            except Refusal as refusal:
                if not refusal.unheard:
                    raise
                self._heard = False
            else:
                self._heard = True
        return self._registry if self._heard else None

    async def _explained(
        self, error: PushFailed, tag: str, remote: RemoteRegistry | None
    ) -> PushFailed:
        """Return `error`, in the words of the registry where those of the daemon say less."""
        if remote is None or error.reason is FailureReason.UNREACHABLE:
            return error
        try:
            await remote.check_push(self.destination.path)
            await self._try_tag(tag, remote)
        except Refusal as refusal:
            if refusal.unheard:
                return error
            words = f"{error.words} ({refusal.words})"
            return PushFailed(error.reference, words, refusal.reason, refusal.retry_after_s)
        if error.reason in _DOUBTFUL and self._doubts < _DOUBT_COUNT:
            self._doubts += 1
            words = f"{error.words} (though the registry lets the account push)"
            return PushFailed(error.reference, words, FailureReason.REGISTRY_ERROR)
        return error

    async def _try_tag(self, tag: str, remote: RemoteRegistry) -> None:
        """Let the tag name what it names already: registries say why a tag must not be moved."""
        path = self.destination.path
        if await remote.digest(path, tag) is not None:
            await remote.put_manifest(path, tag, await remote.manifest(path, tag))
