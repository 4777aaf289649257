"""Issues credentials, whatever the way to log in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from registry_service.credentials import Credentials
from registry_service.credentials.cache import CredentialCache
from registry_service.credentials.environment import environment_credentials
from registry_service.credentials.static import static_credentials
from registry_service.errors import ProviderUnreachable
from registry_service.registries import (
    AwsOverride,
    AzureLogin,
    EcrLogin,
    EnvironmentLogin,
    GoogleLogin,
    HelperLogin,
    Registry,
)
from registry_service.sealing import Sealer, open_client_key, open_secret

_TIMEOUT_S = 25.0
"""Longest wait for a provider; callers wait 30 seconds."""
_THREADS = 4
"""So many libraries that block ask their clouds at once."""


class Issuer:
    """Issues credentials; keeps and replaces those that end. Belongs to one event loop."""

    def __init__(
        self,
        sealer: Sealer,
        environment: Mapping[str, str],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        """Open secrets with `sealer`; read `environment` at each issue."""
        self._sealer = sealer
        self._environment = environment
        self._timeout_s = timeout_s
        self._cache = CredentialCache(now)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="cloud")

    async def issue(
        self, registry: Registry, override: AwsOverride | None = None, *, refused: bool = False
    ) -> Credentials:
        """Return what logs in to `registry` now.

        Args:
            registry: As it is stored, with its etag.
            override: Role and region in place of those of an ECR registry.
            refused: Whether the registry did not take what was issued last.

        Raises:
            CredentialsUnavailable: the way to log in yields nothing.
            LoginUnsupported: what the way to log in needs is not installed.
            SealingFailed: its secret cannot be opened.
        """
        if isinstance(registry.login, EnvironmentLogin):
            return environment_credentials(registry, registry.login, self._environment)
        if not isinstance(registry.login, EcrLogin):  # its secret is no password
            secret = open_secret(registry, self._sealer)
            if stored := static_credentials(registry, secret):
                return stored
        ask = lambda: self._ask(registry, override or AwsOverride())  # noqa: E731
        return await self._cache.get(registry, override, ask, refused=refused)

    def forget(self, name: str) -> None:
        """Drop what is kept for a registry that was changed or deleted."""
        self._cache.forget(name)

    async def close(self) -> None:
        """Stop asking; threads that still ask end by their own time limits."""
        await self._cache.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, registry: Registry, override: AwsOverride) -> Credentials:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._asked(registry, override)
        except TimeoutError as error:
            raise ProviderUnreachable(
                registry.id, f"the provider gave no answer in {self._timeout_s:g} s"
            ) from error

    async def _asked(self, registry: Registry, override: AwsOverride) -> Credentials:
        # Imported late: httpx and the clouds' libraries are slow to import, and rarely all used.
        in_thread = asyncio.get_running_loop().run_in_executor
        match registry.login:
            case EcrLogin() as login:
                from registry_service.credentials.ecr import ecr_credentials

                secret = open_secret(registry, self._sealer)
                return await in_thread(
                    self._pool, ecr_credentials, registry, login, secret, override
                )
            case GoogleLogin():
                from registry_service.credentials.google import google_credentials

                return await in_thread(self._pool, google_credentials, registry)
            case AzureLogin() as login:
                from registry_service.credentials.azure import azure_credentials

                client_key = open_client_key(registry, self._sealer)
                return await azure_credentials(registry, login, client_key, self._environment)
            case HelperLogin() as login:
                from registry_service.credentials.helper import helper_credentials

                return await helper_credentials(registry, login, self._environment)
            case login:
                raise AssertionError(f"{type(login)} needs nobody to be asked")
