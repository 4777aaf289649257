"""Brings one image into one repository, and persists: what passes is tried again.

What is told as pushed was read back from the registry, with the account that pushed it.
"""

from __future__ import annotations

from typing import Self

from runner_service.actions.cargo import Cargo
from runner_service.actions.destination import Destination, other_login
from runner_service.actions.sending import Delivered, Sending
from runner_service.context import OperationContext
from runner_service.daemon.errors import (
    DaemonUnavailable,
    FailureReason,
    PushFailed,
    TransferFailed,
)
from runner_service.transfers import Place, Refusal


class Delivery:
    """Pushes one image to one repository, tag by tag; used as a context."""

    def __init__(self, cargo: Cargo, destination: Destination, context: OperationContext) -> None:
        """Push `cargo` for the operation of `context`."""
        self._sending = Sending(cargo, destination, context)
        self._context = context
        self._retries = context.run.transfers.retries
        self._login_renewed = False

    @property
    def destination(self) -> Destination:
        """Where the image goes, with the login that the registry took last."""
        return self._sending.destination

    @property
    def place(self) -> Place | None:
        """Where the image is; None: only the daemon reaches it."""
        return self._sending.place

    async def __aenter__(self) -> Self:
        await self._sending.open(self.destination)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._sending.close()

    def reference(self, tag: str) -> str:
        """Return the whole reference of a tag."""
        return self._sending.reference(tag)

    async def deliver(self, tag: str) -> Delivered:
        """Push a tag; what is returned was read back from the registry.

        Raises:
            PushFailed: the registry does not have it, or it is not known whether it has.
            PullFailed: it could not be had where it is.
            DaemonUnavailable: the daemon is gone, and the registry does not have it.
            StepFailed: the login had to be renewed and could not be.
        """
        attempt = 0
        while True:
            attempt += 1
            failure: TransferFailed
            try:
                return await self._sending.attempt(tag)
            except DaemonUnavailable as error:
                if await self._may_be_there(tag):
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
        await self._sending.open(other)
        self._context.info(
            "LOGIN_RENEWED", f"the registry refused the login ({failure.words}); trying another"
        )
        return True

    async def _wait(self, attempt: int, failure: TransferFailed, tag: str) -> None:
        """Wait for the next attempt, and tell so.

        Raises:
            TransferFailed: there is no next one.
        """
        delay_s = self._retries.delay_s(attempt, failure.retry_after_s)
        if not failure.reason.transient or delay_s is None:
            raise await self._final(failure, tag)
        self._context.info(
            "PUSH_RETRIED",
            f'attempt {attempt} to push "{self.reference(tag)}" failed, the next begins in '
            f"{delay_s:.3g} s: {failure.words}",
        )
        await self._retries.sleep(delay_s)

    async def _final(self, failure: TransferFailed, tag: str) -> TransferFailed:
        """Return `failure`, or that it is not known whether the tag is there."""
        if await self._may_be_there(tag):
            return self._unverified(failure.words, tag)
        return failure

    def _unverified(self, words: str, tag: str) -> PushFailed:
        said = f"it was sent, and it is not sure whether it arrived: {words}"
        return PushFailed(self.reference(tag), said, FailureReason.UNVERIFIED)

    async def _may_be_there(self, tag: str) -> bool:
        return self._sending.unsure and await self._sending.may_be_there(tag)
