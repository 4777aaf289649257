"""Logins of Google's registries with the identity of the machine.

A key file needs no exchange: see `static`.
"""

from __future__ import annotations

import functools
from datetime import UTC

from registry_service.credentials import Credentials
from registry_service.errors import (
    CredentialsRefused,
    CredentialsUnavailable,
    LoginUnsupported,
    ProviderAnswerInvalid,
    ProviderUnreachable,
)
from registry_service.registries import Registry

_USERNAME = "oauth2accesstoken"  # cloud.google.com/artifact-registry/docs/docker/authentication
_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
_TIMEOUT_S = 8.0
_HELP = "check the service account of the machine, or give the registry a key file"


def google_credentials(registry: Registry) -> Credentials:
    """Ask Google for an access token of the machine. Blocks.

    Raises:
        CredentialsUnavailable: Google refuses, or cannot be reached.
        LoginUnsupported: google-auth is not installed.
    """
    try:
        import google.auth
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request
    except ImportError as error:
        raise LoginUnsupported(
            registry.id, "the identity of a machine at Google", "install `freshet[gcp]`"
        ) from error
    ask = functools.partial(Request(), timeout=_TIMEOUT_S)
    try:
        found, _project = google.auth.default(scopes=[_SCOPE], request=ask)  # type: ignore[arg-type]  # any callable does
        found.refresh(ask)  # type: ignore[no-untyped-call]  # of google-auth
    except GoogleAuthError as error:
        raise _translated(registry, error) from error
    except ValueError as error:  # a credentials file that is none
        raise CredentialsRefused(
            registry.id, "the credentials file of the machine cannot be read", _HELP
        ) from error
    except TypeError as error:  # an answer that is no JSON object
        raise _nonsense(registry) from error
    if not found.token:
        raise _nonsense(registry)
    return Credentials(
        domain=registry.domain,
        username=_USERNAME,
        password=found.token,
        expire_time=found.expiry.replace(tzinfo=UTC) if found.expiry else None,
    )


def _nonsense(registry: Registry) -> ProviderAnswerInvalid:
    return ProviderAnswerInvalid(registry.id, "Google answers without a token", _HELP)


def _translated(registry: Registry, error: Exception) -> CredentialsUnavailable:
    from google.auth import exceptions

    if isinstance(error, exceptions.DefaultCredentialsError):
        return CredentialsRefused(
            registry.id, "the machine of the registry service has no identity at Google", _HELP
        )
    # Only the first argument is a sentence; others repeat what was answered, or sent.
    words = " ".join(str(error.args[0] if error.args else "").split())[:300]
    if isinstance(error, exceptions.TransportError) or getattr(error, "retryable", False):
        return ProviderUnreachable(registry.id, f"Google is not reached: {words}")
    return CredentialsRefused(registry.id, f"Google answers: {words}", _HELP)
