"""The service of access tokens and the audit log as gRPC sees it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from freshet.registry.v1 import access_service_pb2 as messages
from freshet.registry.v1.access_service_pb2_grpc import AccessServiceServicer
from freshet.rpc import pages
from registry_service.access.audit import AuditLog
from registry_service.access.messages import (
    entry_message,
    read_sequence,
    token_draft,
    token_message,
)
from registry_service.access.records import ACCESS_TOKENS
from registry_service.access.tokens import Tokens

if TYPE_CHECKING:  # takes parameters in its stubs alone
    import grpc

    _Context = grpc.aio.ServicerContext[Any, Any]


class AccessServicer(AccessServiceServicer):
    """Serves `freshet.registry.v1.AccessService`."""

    def __init__(self, tokens: Tokens, audit: AuditLog) -> None:
        """Answer from `tokens` and `audit`."""
        self._tokens = tokens
        self._audit = audit

    async def CreateAccessToken(
        self, request: messages.CreateAccessTokenRequest, context: _Context
    ) -> messages.CreateAccessTokenResponse:
        """Make a token; its secret is told this once."""
        draft = token_draft(request.access_token, datetime.now(UTC))
        token, secret = await self._tokens.create(draft)
        return messages.CreateAccessTokenResponse(access_token=token_message(token), secret=secret)

    async def ListAccessTokens(
        self, request: messages.ListAccessTokensRequest, context: _Context
    ) -> messages.ListAccessTokensResponse:
        """Return a page of tokens."""
        size = pages.page_size(request.page_size)
        found = self._tokens.page(pages.decode_token(request.page_token), size + 1)
        page = found[:size]
        return messages.ListAccessTokensResponse(
            access_tokens=[token_message(token) for token in page],
            next_page_token=pages.encode_token(page[-1].name) if len(found) > size else "",
        )

    async def DeleteAccessToken(
        self, request: messages.DeleteAccessTokenRequest, context: _Context
    ) -> messages.DeleteAccessTokenResponse:
        """Take a token away."""
        ACCESS_TOKENS.id(request.name)
        await self._tokens.delete(request.name)
        return messages.DeleteAccessTokenResponse()

    async def ListAuditEntries(
        self, request: messages.ListAuditEntriesRequest, context: _Context
    ) -> messages.ListAuditEntriesResponse:
        """Return a page of what callers did."""
        size = pages.page_size(request.page_size)
        found = await self._audit.entries(read_sequence(request.page_token), size + 1)
        page = found[:size]
        return messages.ListAuditEntriesResponse(
            audit_entries=[entry_message(stored) for stored in page],
            next_page_token=pages.encode_token(str(page[-1].sequence)) if len(found) > size else "",
        )
