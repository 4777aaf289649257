"""Logins of Azure Container Registry with the managed identity of the machine.

First the machine's metadata service gives a token, then the registry exchanges it for its own.
Sources: learn.microsoft.com, "How managed identities … get an access token" and
github.com/Azure/acr, `docs/AAD-OAuth.md`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime

import httpx

from freshet.distribution.tls import client_tls
from registry_service.credentials import Credentials
from registry_service.errors import (
    CredentialsRefused,
    ProviderAnswerInvalid,
    ProviderUnreachable,
)
from registry_service.registries import AzureLogin, Registry

METADATA_VARIABLE = "AZURE_POD_IDENTITY_AUTHORITY_HOST"
"""Environment variable with another address of the metadata service, as Azure's own libraries
read it."""
_METADATA_HOST = "http://169.254.169.254"
_METADATA_PATH = "/metadata/identity/oauth2/token"
_RESOURCES = {
    ".azurecr.cn": "https://management.chinacloudapi.cn/",
    ".azurecr.us": "https://management.usgovcloudapi.net/",
}
_RESOURCE = "https://management.azure.com/"
_USERNAME = "00000000-0000-0000-0000-000000000000"  # means that the password is a token
_TIMEOUT_S = 8.0
_MOST_BYTES = 64 * 1024
_HELP = "check the managed identity of the machine and its role (`AcrPush`) on the registry"


async def azure_credentials(
    registry: Registry, login: AzureLogin, client_key: str, environment: Mapping[str, str]
) -> Credentials:
    """Ask Azure for a token of the registry.

    Raises:
        CredentialsUnavailable: Azure refuses, cannot be reached, or answers nonsense.
    """
    exchange = _Exchange(registry)
    identity = await exchange.identity_token(login, environment.get(METADATA_VARIABLE))
    token = await exchange.registry_token(identity, client_key)
    return Credentials(
        domain=registry.domain,
        username=_USERNAME,
        password=token,
        expire_time=_expire_time(token),
    )


class _Exchange:
    """The two questions, for one registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def identity_token(self, login: AzureLogin, host: str | None) -> str:
        domain = self._registry.domain
        resource = next((r for end, r in _RESOURCES.items() if domain.endswith(end)), _RESOURCE)
        wanted = {"api-version": "2018-02-01", "resource": resource}
        if login.client_id:
            wanted["client_id"] = login.client_id
        url = f"{(host or _METADATA_HOST).rstrip('/')}{_METADATA_PATH}"
        # The metadata service is on the machine itself: never over a proxy.
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as client:
            request = client.build_request("GET", url, params=wanted, headers={"Metadata": "true"})
            return await self._token(client, request, "access_token", "the metadata service")

    async def registry_token(self, identity: str, client_key: str) -> str:
        domain = self._registry.domain
        form = {"grant_type": "access_token", "service": domain, "access_token": identity}
        tls = client_tls(self._registry.transport, client_key)
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, verify=tls) as client:
            request = client.build_request("POST", f"https://{domain}/oauth2/exchange", data=form)
            return await self._token(client, request, "refresh_token", f'"{domain}"')

    async def _token(
        self, client: httpx.AsyncClient, request: httpx.Request, field: str, who: str
    ) -> str:
        try:
            response = await client.send(request, stream=True)
            try:
                body = await _bounded(response)
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            words = str(error) or type(error).__name__
            raise ProviderUnreachable(
                self._registry.id, f"{who} is not reached: {words}"
            ) from error
        status = response.status_code
        if status == 429 or status >= 500:
            raise ProviderUnreachable(self._registry.id, f"{who} answers HTTP {status}")
        if status != 200:
            raise CredentialsRefused(self._registry.id, f"{who} answers HTTP {status}", _HELP)
        token = _json(body).get(field)
        if isinstance(token, str) and token:
            return token
        raise ProviderAnswerInvalid(self._registry.id, f"{who} answers without a token", _HELP)


async def _bounded(response: httpx.Response) -> bytes:
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > _MOST_BYTES:
            return b""
    return body


def _json(text: bytes) -> Mapping[str, object]:
    try:
        value: object = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _expire_time(token: str) -> datetime | None:
    """Return the claim `exp`; who issued the token was asked over TLS, so no signature is read."""
    _, _, rest = token.partition(".")
    payload = rest.partition(".")[0]
    try:
        claims = _json(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        end = claims.get("exp")
        return datetime.fromtimestamp(end, UTC) if isinstance(end, int) else None
    except (ValueError, OverflowError, OSError):
        return None
