"""Where a registry of Amazon ECR is, when only its access key tells."""

from __future__ import annotations

import uuid
from dataclasses import replace

from registry_service.credentials.issue import Issuer
from registry_service.login_rules import login_faults
from registry_service.registries import EcrLogin, Registry


async def located(registry: Registry, issuer: Issuer) -> Registry:
    """Return `registry` with the domain that its provider tells; any other stays as it is.

    Args:
        registry: As a request wants it, its secret sealed. One that breaks the rules of its login
            stays as it is: they tell more than Amazon would.
        issuer: Asks Amazon.

    Raises:
        CredentialsUnavailable: Amazon refuses, or cannot be reached.
        LoginUnsupported: what asks Amazon is not installed.
        SealingFailed: the secret cannot be opened.
    """
    login = registry.login
    if registry.domain.strip() or not isinstance(login, EcrLogin) or not registry.sealed_secret:
        return registry
    if any(login_faults(registry, EcrLogin, has_secret=True)):
        return registry
    # What is issued for it must not be taken for what is stored under the same name.
    issued = await issuer.issue(replace(registry, etag=uuid.uuid4().hex))
    return replace(registry, domain=issued.domain)
