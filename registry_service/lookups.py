"""Answers the look-ups of steps: reads their requests, asks the rules, writes the answers."""

from __future__ import annotations

import asyncio

from freshet.registry.v1 import registry_service_pb2 as messages
from registry_service import pulling
from registry_service.convert.queries import (
    plan_message,
    pull_message,
    query_of,
    resolution_message,
)
from registry_service.errors import Fault, InvalidRequest
from registry_service.queries import Query
from registry_service.requests import check_contexts, check_count
from registry_service.resolution import resolve
from registry_service.snapshot import Snapshot

_MAX_DOMAINS = 1000
_MAX_QUERIES = 10_000
_MAX_IMAGES = 1000
_AT_ONCE = 8
"""Questions that are answered at once: a thread would cost more than they do."""


async def resolve_repositories(
    request: messages.ResolveRepositoriesRequest, snapshot: Snapshot
) -> messages.ResolveRepositoriesResponse:
    """Tell where steps push.

    Raises:
        InvalidRequest: a query does not say which kind of step asks, or there are too many.
    """
    check_count("queries", request.queries, _MAX_QUERIES)
    queries = _queries(request)
    response = messages.ResolveRepositoriesResponse()

    def answer() -> None:
        response.resolutions.extend(resolution_message(resolve(each, snapshot)) for each in queries)

    if len(queries) <= _AT_ONCE:
        answer()
    else:  # thousands of questions would hold up other callers
        await asyncio.to_thread(answer)
    return response


def resolve_pulls(
    request: messages.ResolvePullsRequest, snapshot: Snapshot
) -> messages.ResolvePullsResponse:
    """Tell how images are pulled.

    Raises:
        InvalidRequest: there are too many images or contexts.
    """
    check_count("images", request.images, _MAX_IMAGES)
    check_contexts(request.registry_contexts)
    plans = pulling.resolve_pulls(request.images, request.registry_contexts, snapshot)
    return messages.ResolvePullsResponse(resolutions=[plan_message(plan) for plan in plans])


def find_pull_registries(
    request: messages.FindPullRegistriesRequest, snapshot: Snapshot
) -> messages.FindPullRegistriesResponse:
    """Tell whose credentials pulls use.

    Raises:
        InvalidRequest: there are too many domains or contexts.
    """
    check_count("domains", request.domains, _MAX_DOMAINS)
    check_contexts(request.registry_contexts)
    choices = pulling.find_pull_registries(request.domains, request.registry_contexts, snapshot)
    return messages.FindPullRegistriesResponse(
        pull_registries=[pull_message(choice) for choice in choices]
    )


def _queries(request: messages.ResolveRepositoriesRequest) -> list[Query]:
    queries = [query_of(query) for query in request.queries]
    faults = [
        Fault(f"queries[{number}].purpose", "expected build, push or pull", "VALUE_UNKNOWN")
        for number, query in enumerate(queries)
        if query is None
    ]
    if faults:
        raise InvalidRequest(faults)
    return [query for query in queries if query]
