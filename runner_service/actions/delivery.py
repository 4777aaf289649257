"""Brings one image into one repository, and makes sure that it is there.

The image is sent once; further tags are given over the registry's API. What is told as pushed was
read back from the registry, with the account that pushed it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Self

from runner_service.actions.cargo import Cargo
from runner_service.actions.destination import Destination, other_login
from runner_service.context import OperationContext
from runner_service.daemon.errors import (
    DaemonUnavailable,
    FailureReason,
    PullFailed,
    PushFailed,
    TransferFailed,
)
from runner_service.daemon.port import PushedImage
from runner_service.transfers import Manifest, Place, Refusal, RemoteRegistry

_DOUBT_COUNT = 2
"""How often a daemon is asked again that tells no reason, or one that the registry denies."""
_DOUBTFUL = (FailureReason.DENIED, FailureReason.UNAUTHORIZED, FailureReason.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A tag that is in the registry."""

    digest: str
    manifest_size_bytes: int


class Delivery:
    """Pushes one image to one repository, tag by tag; used as a context."""

    def __init__(self, cargo: Cargo, destination: Destination, context: OperationContext) -> None:
        """Push `cargo` for the operation of `context`."""
        self.destination = destination
        """With the login that the registry took last."""
        self._cargo = cargo
        self._context = context
        self._transfers = context.run.transfers
        self._first: PushedImage | None = None
        """What was sent. Every further tag is one more name of it."""
        self._verified = False
        self._manifest: Manifest | None = None
        self._unsure = False
        """Whether something was sent and nobody said what became of it."""
        self._login_renewed = False
        self._doubts = 0
        self._opened = AsyncExitStack()
        self._registry: RemoteRegistry | None = None
        self._heard = False

    async def deliver(self, tag: str) -> Delivered:
        """Push a tag; what is returned was read back from the registry.

        Raises:
            PushFailed: the registry does not have it, or it is not known whether it has.
            PullFailed: it could not be had where it is.
            DaemonUnavailable: the daemon is gone, and the registry does not have it.
            StepFailed: the login had to be renewed and could not be.
        """
        return await self._persisting(tag, lambda: self._attempt(tag))

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

    async def _attempt(self, tag: str) -> Delivered:
        remote = await self._remote()
        return await (self._tag if self._verified else self._push)(tag, remote)

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
            self._unsure = True
            raise
        except PushFailed as error:
            # A gateway gives up, or fails, when the registry behind it has taken all.
            self._unsure |= error.reason in (
                FailureReason.UNREACHABLE,
                FailureReason.REGISTRY_ERROR,
            )
            raise await self._explained(error, tag, remote) from error
        except Refusal as refusal:
            self._unsure |= refusal.unheard or refusal.reason is FailureReason.REGISTRY_ERROR
            raise
        self._unsure = True
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
            self._unsure |= refusal.unheard or refusal.reason is FailureReason.REGISTRY_ERROR
            raise
        self._unsure = True
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

    async def __aenter__(self) -> Self:
        await self._open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

    async def _open(self) -> None:
        """Open the registry with the login there is; connections and tokens are kept."""
        await self._opened.aclose()
        remotes = self._transfers.remotes
        self._registry = await self._opened.enter_async_context(
            remotes.open(self.destination.login)
        )

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

    async def _persisting(self, tag: str, work: Callable[[], Awaitable[Delivered]]) -> Delivered:
        attempt = 0
        while True:
            attempt += 1
            failure: TransferFailed
            try:
                delivered = await work()
                self._unsure = False
                return delivered
            except DaemonUnavailable as error:
                if self._unsure and await self._may_be_there(tag):
                    raise self._unverified(str(error), tag) from error
                raise
            except TransferFailed as error:
                failure = error
            except Refusal as refusal:
                failure = PushFailed(
                    self.reference(tag), refusal.words, refusal.reason, refusal.retry_after_s
                )
                failure.__cause__ = refusal
            if not await self._renewed_login(failure):
                await self._wait(attempt, failure, tag)

    async def _renewed_login(self, failure: TransferFailed) -> bool:
        """Take another login when the one there is has ended meanwhile; once."""
        refused = isinstance(failure, PushFailed) and failure.reason is FailureReason.UNAUTHORIZED
        if not refused or self._login_renewed:
            return False
        other = await other_login(self.destination, self._context)
        if other is None:
            return False
        self._login_renewed = True
        self.destination = other
        await self._open()
        self._context.info(
            "LOGIN_RENEWED", f"the registry refused the login ({failure.words}); trying another"
        )
        return True

    async def _wait(self, attempt: int, failure: TransferFailed, tag: str) -> None:
        """Wait for the next attempt, and tell so.

        Raises:
            TransferFailed: there is no next one.
        """
        retries = self._transfers.retries
        delay_s = retries.delay_s(attempt, failure.retry_after_s)
        if not failure.reason.transient or delay_s is None:
            raise await self._final(failure, tag)
        self._context.info(
            "PUSH_RETRIED",
            f'attempt {attempt} to push "{self.reference(tag)}" failed, the next begins in '
            f"{delay_s:.3g} s: {failure.words}",
        )
        await retries.sleep(delay_s)

    async def _final(self, failure: TransferFailed, tag: str) -> TransferFailed:
        """Return `failure`, or that it is not known whether the tag is there."""
        if self._unsure and await self._may_be_there(tag):
            return self._unverified(failure.words, tag)
        return failure

    def _unverified(self, words: str, tag: str) -> PushFailed:
        said = f"it was sent, and it is not sure whether it arrived: {words}"
        return PushFailed(self.reference(tag), said, FailureReason.UNVERIFIED)

    async def _may_be_there(self, tag: str) -> bool:
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
