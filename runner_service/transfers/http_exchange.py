"""Requests to a real registry, whose errors are refusals."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx

from freshet.distribution import (
    Answer,
    DistributionError,
    Endpoint,
    Redactor,
    RegistryClient,
    TokenRefused,
)
from freshet.distribution.client import Body
from runner_service.daemon.errors import FailureReason
from runner_service.transfers.port import Refusal
from runner_service.transfers.verdicts import refusal_of, silence_of


class Exchange:
    """Sends requests to one registry as one account. All raise `Refusal`."""

    def __init__(self, client: RegistryClient, endpoint: Endpoint, redact: Redactor) -> None:
        """Speak over `client`."""
        self._client = client
        self._endpoint = endpoint
        self._redact = redact
        self._greeted = False

    async def send(
        self,
        method: str,
        location: str,
        scope: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Body = b"",
        limit_bytes: int = 0,
        wait_s: float = 0.0,
    ) -> Answer:
        """Send a request as `RegistryClient.send` does."""
        async with self._heard():
            await self._greet()
            return await self._client.send(
                method,
                location,
                scope,
                headers=headers,
                body=body,
                limit_bytes=limit_bytes,
                wait_s=wait_s,
            )
        raise AssertionError("what is raised in the block is never swallowed")

    async def pieces(self, location: str, scope: str, limit_bytes: int) -> AsyncGenerator[bytes]:
        """Yield the body that is at `location`; one that is longer than the limit is refused."""
        async with self._heard():
            await self._greet()
            async with self._client.open("GET", location, scope) as response:
                if response.status_code != 200:
                    raise self._not_given(await self._client.answer(response))
                if "content-encoding" in response.headers:
                    raise Refusal("it compresses what it gives", FailureReason.UNKNOWN)
                received = 0
                async for piece in response.aiter_raw():
                    received += len(piece)
                    if received > limit_bytes:
                        raise Refusal("it gives more than there is", FailureReason.REGISTRY_ERROR)
                    yield piece

    async def begin_upload(self, path: str, query: str = "", mount_from: str = "") -> Answer:
        """Begin an upload as `RegistryClient.begin_upload` does; the status is not looked at."""
        async with self._heard():
            await self._greet()
            return await self._client.begin_upload(path, query, mount_from)
        raise AssertionError("what is raised in the block is never swallowed")

    async def drop_upload(self, begun: Answer) -> None:
        """Drop an upload as `RegistryClient.drop_upload` does."""
        await self._client.drop_upload(begun)

    def check(self, answer: Answer) -> None:
        """Refuse what is no success."""
        if not 200 <= answer.status < 300:
            raise self.refusal(answer)

    def refusal(self, answer: Answer) -> Refusal:
        """Return the refusal that an answer is."""
        return refusal_of(answer, self._redact, anonymous=self._endpoint.anonymous)

    def _not_given(self, answer: Answer) -> Refusal:
        refusal = self.refusal(answer)
        # What a registry lost of a push can be sent again; here there is nothing to wait for.
        return Refusal(refusal.words, FailureReason.NOT_FOUND) if answer.status == 404 else refusal

    async def _greet(self) -> None:
        """Find out once whether TLS is spoken, where that is not known."""
        if self._greeted or not self._client.may_speak_plain:
            return
        await self._client.greet()
        self._greeted = True

    @asynccontextmanager
    async def _heard(self) -> AsyncIterator[None]:
        """Turn errors of the connection into refusals."""
        try:
            yield
        except TokenRefused as error:
            raise self.refusal(error.answer) from error
        except DistributionError as error:
            raise Refusal(self._redact(str(error)), FailureReason.UNKNOWN) from error
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            raise silence_of(error, self._redact) from error
