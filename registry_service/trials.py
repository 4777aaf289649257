"""Tries a registry for a caller: what the request means, whose credentials, what is answered."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace

from freshet.registry.v1 import registry_pb2
from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.rpc.names import REGISTRIES
from registry_service.changes import within
from registry_service.convert.registries import provider_of, registry_of, secret_of
from registry_service.credentials import Credentials
from registry_service.credentials.issue import Issuer
from registry_service.errors import (
    CredentialsUnavailable,
    Fault,
    InvalidRequest,
    LoginUnsupported,
    SealingFailed,
)
from registry_service.locating import located
from registry_service.naming import name_in
from registry_service.probing import Check, Outcome, Subject, Target, not_tried, probe
from registry_service.queries import Notice, Purpose, Query, Repository
from registry_service.registries import Registry
from registry_service.requests import client_certificate_faults, named, secret_faults
from registry_service.rules import (
    SERVICE_ACCOUNT_DOMAIN,
    normalised,
    registry_faults,
    unknown_provider,
)
from registry_service.sealing import Sealer, open_client_key, seal_secrets
from registry_service.snapshot import Snapshot

_DRAFT_ID = "draft"
"""What a draft without a name is called while it is tried."""
_SUBJECTS = {each: getattr(messages.RegistryCheck, f"SUBJECT_{each.name}") for each in Subject}
_OUTCOMES = {each: getattr(messages.RegistryCheck, f"OUTCOME_{each.name}") for each in Outcome}


async def read_draft(
    message: registry_pb2.Registry, snapshot: Snapshot, issuer: Issuer, sealer: Sealer
) -> Registry:
    """Return the registry of a draft as it would be stored.

    Raises:
        InvalidRequest: a rule is broken.
        SealingFailed: its secrets cannot be kept.
    """
    if provider_of(message.provider) is None:
        raise InvalidRequest([unknown_provider("draft.provider")])
    draft = named(message, message.name.removeprefix(REGISTRIES.name("")) or _DRAFT_ID)
    secret, client_key = secret_of(draft.login), draft.transport.client_private_key_pem
    # No two drafts may share credentials that are kept for one of them.
    registry = replace(registry_of(draft), etag=uuid.uuid4().hex)
    registry = seal_secrets(registry, secret, client_key, sealer)
    try:
        registry = normalised(await located(registry, issuer))
    except (CredentialsUnavailable, LoginUnsupported):  # the trial of the login tells it
        registry = replace(registry, domain=SERVICE_ACCOUNT_DOMAIN)
    faults = [
        *registry_faults(registry, snapshot, has_secret=bool(secret)),
        *secret_faults(secret),
        *client_certificate_faults(registry.transport, client_key),
    ]
    if faults:
        raise InvalidRequest(within("draft", faults))
    return registry


def read_path(repository: str, registry: Registry) -> str:
    """Return the path that `repository` is in `registry`; empty: none was named.

    Raises:
        InvalidRequest: an image cannot have that name there.
    """
    if not repository:
        return ""
    query = Query(purpose=Purpose.PUSH, image_name=repository)
    result, warnings = name_in(registry, repository, query)
    if isinstance(result, Repository) and result.repository == result.repository.lower():
        return result.repository.partition("/")[2]
    notice = result if isinstance(result, Notice) else warnings[-1]
    message = f"{notice.message}; {notice.help}"
    raise InvalidRequest([Fault("repository", message, notice.reason)])


async def try_registry(
    registry: Registry, path: str, issuer: Issuer, sealer: Sealer
) -> messages.TestRegistryResponse:
    """Return what comes of trying `registry`, and the rights on `path` in it.

    Raises:
        SealingFailed: the private key of its client certificate cannot be opened.
    """
    if registry.behind_firewall:
        message = f'"{registry.domain}" is behind a firewall; only the runner reaches it'
        return _response(not_tried(subject, message) for subject in Subject)
    credentials, refusal = await _credentials(registry, issuer)
    if credentials.domain == SERVICE_ACCOUNT_DOMAIN:
        message = f"where the registry is, only its credentials tell: {refusal}"
        return _response(not_tried(subject, message) for subject in Subject)
    target = Target(
        credentials=credentials,
        refusal=refusal,
        provider=registry.provider,
        transport=registry.transport,
        client_key=open_client_key(registry, sealer),
        path=path,
    )
    return _response(await probe(target))


async def _credentials(registry: Registry, issuer: Issuer) -> tuple[Credentials, str]:
    """Return the credentials, or anonymous ones and why there are no others."""
    try:
        return await issuer.issue(registry), ""
    except (CredentialsUnavailable, LoginUnsupported, SealingFailed) as error:
        return Credentials(domain=registry.domain), str(error)


def _response(checks: Iterable[Check]) -> messages.TestRegistryResponse:
    return messages.TestRegistryResponse(
        checks=[
            messages.RegistryCheck(
                subject=_SUBJECTS[check.subject],
                outcome=_OUTCOMES[check.outcome],
                message=check.message,
                reason=check.reason,
            )
            for check in checks
        ]
    )
