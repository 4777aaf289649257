"""Gives each pushed image its provenance: kept with the run, and attached in the registry."""

from __future__ import annotations

import asyncio

from freshet.runner.v1.run_pb2 import PushedImage
from runner_service.context import OperationContext
from runner_service.provenance import PREDICATE_TYPE
from runner_service.transfers import Place, Refusal, attach

_STATEMENT_TYPE = "application/vnd.in-toto+json"
_LIMIT_S = 10.0
"""An image that is in the registry is told soon, with or without."""


class Provenance:
    """What the images of one push come from; each image gets it once, whatever its tags."""

    def __init__(self, context: OperationContext) -> None:
        """Know nothing of any image yet."""
        self._context = context
        self._attached: dict[str, str] = {}

    async def add_to(self, image: PushedImage, place: Place | None) -> None:
        """Fill in the provenance of an image that is at `place`, and where it is attached."""
        image.provenance = self._context.provenance(image.repository, image.digest)
        if not image.provenance or place is None:
            return
        if image.digest not in self._attached:
            self._attached[image.digest] = await self._attach(image, place)
        image.provenance_digest = self._attached[image.digest]

    async def _attach(self, image: PushedImage, place: Place) -> str:
        try:
            async with asyncio.timeout(_LIMIT_S):
                return await attach(
                    place, image.digest, image.provenance, _STATEMENT_TYPE, PREDICATE_TYPE
                )
        except Refusal as refusal:
            words = refusal.words
        except TimeoutError:
            words = f"the registry did not take it within {_LIMIT_S:g} s"
        self._context.warn(
            "PROVENANCE_NOT_ATTACHED",
            f'"{image.repository}@{image.digest}" is pushed, but its provenance could not be '
            f"attached there: {words}",
            "`freshet runs provenance` prints what the run keeps",
        )
        return ""
