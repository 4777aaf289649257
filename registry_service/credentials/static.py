"""Credentials that are stored as they are used, without asking anybody."""

from __future__ import annotations

from registry_service.credentials import Credentials
from registry_service.registries import AzureLogin, GoogleLogin, PasswordLogin, Registry

_KEYFILE_USERNAME = "_json_key"  # cloud.google.com/artifact-registry/docs/docker/authentication


def static_credentials(registry: Registry, secret: str) -> Credentials | None:
    """Return the credentials of a registry whose opened `secret` is given; None: ask somebody."""
    domain = registry.domain
    match registry.login:
        case None:
            return Credentials(domain=domain)
        case PasswordLogin() as login:
            return Credentials(domain=domain, username=login.username, password=secret)
        case GoogleLogin() if secret:
            return Credentials(domain=domain, username=_KEYFILE_USERNAME, password=secret)
        case AzureLogin() as login if secret:
            return Credentials(domain=domain, username=login.client_id, password=secret)
        case _:
            return None
