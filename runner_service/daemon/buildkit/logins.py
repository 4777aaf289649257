"""How a build logs in to registries: `moby.filesync.v1.Auth`.

A daemon that asks for credentials tells the domain and no more. Where a domain's repositories have
accounts of their own, it is made to ask for tokens instead, for it says then what each is for: we
show that we hold a key, and daemons leave the exchange to whoever does. The key is new for each
build, so that no build is given a token that was fetched for another one.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import NoReturn

import grpc
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from runner_service.daemon.buildkit.calls import Call
from runner_service.daemon.buildkit.tokens import TokenQuestion, TokenRefused, fetch_token
from runner_service.daemon.buildkit.wire_pb2 import (
    CredentialsRequest,
    CredentialsResponse,
    FetchTokenRequest,
    FetchTokenResponse,
    GetTokenAuthorityRequest,
    GetTokenAuthorityResponse,
    VerifyTokenAuthorityRequest,
    VerifyTokenAuthorityResponse,
)
from runner_service.daemon.port import IDENTITY_TOKEN, BuildRequest, Credentials, RegistryUse

_GiveUp = Callable[[Exception, Call], Awaitable[NoReturn]]
_DOCKER_HUB = "docker.io"
_NAMES_OF_DOCKER_HUB = ("registry-1.docker.io", "index.docker.io")


class Logins:
    """Answers for the accounts of one build."""

    def __init__(self, request: BuildRequest, give_up: _GiveUp) -> None:
        """Ask the sources of `request`; `give_up` ends a call when one of them raises."""
        self._request = request
        self._give_up = give_up
        self._key = Ed25519PrivateKey.generate()

    async def credentials(self, asked: CredentialsRequest, rpc: Call) -> CredentialsResponse:
        """Give the account of a domain."""
        credentials = await self._account(RegistryUse(domain=domain_of(asked.host)), rpc)
        if credentials is None:
            return CredentialsResponse()
        # BuildKit takes a secret without a name as an identity token.
        named = credentials.username != IDENTITY_TOKEN
        return CredentialsResponse(
            username=credentials.username if named else "", secret=credentials.password
        )

    async def authority(
        self, asked: GetTokenAuthorityRequest, rpc: Call
    ) -> GetTokenAuthorityResponse:
        """Offer to fetch tokens, where accounts differ by repository."""
        differ = self._request.accounts_differ
        try:
            offered = differ is not None and await differ(domain_of(asked.host))
        except Exception as error:  # the caller's own: `build` raises it again
            await self._give_up(error, rpc)
        if not offered:
            # Daemons take this for a client that knows no tokens, and ask for credentials.
            await rpc.abort(grpc.StatusCode.UNIMPLEMENTED, "one account is for all of it")
        return GetTokenAuthorityResponse(public_key=self._key.public_key().public_bytes_raw())

    async def verify(
        self, asked: VerifyTokenAuthorityRequest, rpc: Call
    ) -> VerifyTokenAuthorityResponse:
        """Show that the key is ours."""
        return VerifyTokenAuthorityResponse(signed=self._key.sign(asked.payload) + asked.payload)

    async def token(self, asked: FetchTokenRequest, rpc: Call) -> FetchTokenResponse:
        """Fetch a token with the account of the repository that it is for."""
        use = use_of(domain_of(asked.host), asked.scopes)
        credentials = await self._account(use, rpc)
        question = TokenQuestion(
            realm=asked.realm,
            service=asked.service,
            scopes=tuple(asked.scopes),
            client_id=asked.client_id,
            registry_host=asked.host,
        )
        try:
            token = await fetch_token(question, credentials)
        except TokenRefused as error:
            await rpc.abort(grpc.StatusCode.UNAUTHENTICATED, str(error))
        return FetchTokenResponse(
            token=token.text, expires_in=token.lifetime_s, issued_at=token.issued_at_s
        )

    async def _account(self, use: RegistryUse, rpc: Call) -> Credentials | None:
        source = self._request.credentials_for
        try:
            return await source(use) if source else None
        except Exception as error:  # the caller's own: `build` raises it again
            await self._give_up(error, rpc)


def domain_of(host: str) -> str:
    """Return the domain of image references for what BuildKit calls a registry."""
    name = host.removeprefix("https://").removesuffix("/v1/").rstrip("/")
    return _DOCKER_HUB if name in _NAMES_OF_DOCKER_HUB else name


def use_of(domain: str, scopes: Iterable[str]) -> RegistryUse:
    """Return what a token of `scopes` is for; of several, what is pushed counts."""
    uses = [
        RegistryUse(domain=domain, repository=path, written="push" in actions.split(","))
        for scope in " ".join(scopes).split()
        for kind, path, actions in [_parts(scope)]
        if kind == "repository"
    ]
    written = [use for use in uses if use.written]
    return next(iter((*written, *uses)), RegistryUse(domain=domain))


def _parts(scope: str) -> tuple[str, str, str]:
    kind, _, rest = scope.partition(":")
    path, _, actions = rest.rpartition(":")
    return kind, path, actions
