"""Credentials that are stored as they are used, without asking anybody."""

from __future__ import annotations

from registry_service.credentials import Credentials
from registry_service.errors import LoginUnsupported
from registry_service.registries import (
    AzureLogin,
    EcrLogin,
    GoogleLogin,
    HelperLogin,
    PasswordLogin,
    Registry,
)

_KEYFILE_USERNAME = "_json_key"  # cloud.google.com/artifact-registry/docs/docker/authentication


def static_credentials(registry: Registry, secret: str) -> Credentials:
    """Return the credentials of a registry whose opened `secret` is given.

    Raises:
        LoginUnsupported: its way to log in needs an exchange.
    """
    domain = registry.domain
    match registry.login:
        case None:
            return Credentials(domain=domain)
        case PasswordLogin() as login:
            return Credentials(domain=domain, username=login.username, password=secret)
        case GoogleLogin():
            return Credentials(domain=domain, username=_KEYFILE_USERNAME, password=secret)
        case AzureLogin() as login:
            if secret:
                return Credentials(domain=domain, username=login.client_id, password=secret)
            raise LoginUnsupported(
                registry.id, "a managed identity of Azure", "give a client id and a client secret"
            )
        case EcrLogin():
            raise LoginUnsupported(
                registry.id,
                "keys of Amazon Web Services",
                "use a password: user `AWS` and the output of `aws ecr get-login-password`",
            )
        case HelperLogin():
            raise LoginUnsupported(registry.id, "a credential helper", "give a user and a password")
