"""What requests want: drafts of registries and settings, masks applied, sizes checked."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from google.protobuf.field_mask_pb2 import FieldMask

from freshet.registry.v1 import registry_pb2 as messages
from freshet.registry.v1.registry_service_pb2 import (
    CreateRegistryRequest,
    IssueRegistryCredentialsRequest,
    UpdateRegistryRequest,
)
from freshet.rpc.names import REGISTRIES, REGISTRY_SETTINGS
from registry_service.certificates import pair_faults
from registry_service.changes import Draft, within
from registry_service.convert.registries import (
    provider_of,
    registry_message,
    registry_of,
    secret_of,
    settings_message,
    settings_of,
)
from registry_service.errors import Fault, InvalidRequest
from registry_service.login_rules import override_faults
from registry_service.masks import merge, wanted_paths
from registry_service.registries import (
    AwsOverride,
    AzureLogin,
    EcrLogin,
    GoogleLogin,
    Login,
    PasswordLogin,
    Registry,
    Settings,
    Transport,
)
from registry_service.rules import normalised, too_long, unknown_provider
from registry_service.sealing import Sealer, open_client_key, seal_secrets

_LONGEST_SECRET = 64 * 1024
"""A key file takes some thousand characters."""
_MOST_CONTEXTS = 1000
_LONGEST_REQUEST_ID = 64
_SECRET_PATHS = {
    "login.password.password",
    "login.ecr.secret_access_key",
    "login.google.keyfile_json",
    "login.azure.client_secret",
}
_SECRET_FIELDS: Mapping[type[Login | None], str] = {
    PasswordLogin: "login.password.password",
    GoogleLogin: "login.google.keyfile_json",
    AzureLogin: "login.azure.client_secret",
}
"""Secrets that go to the domain of the registry; that of ECR goes to Amazon."""
_CLIENT_KEY_PATH = "transport.client_private_key_pem"


def create_draft(request: CreateRegistryRequest, sealer: Sealer) -> Draft:
    """Return the registry that `request` wants to be made.

    Raises:
        InvalidRequest: the provider is not known, so that nothing else can be judged.
    """
    if provider_of(request.registry.provider) is None:
        raise InvalidRequest([unknown_provider("registry.provider")])
    message = named(request.registry, request.registry_id)
    secret = secret_of(message.login)
    registry = replace(registry_of(message), request_id=request.request_id)
    if isinstance(registry.login, GoogleLogin) and not secret:
        registry = replace(registry, login=GoogleLogin())  # only a key file names a project
    client_key = message.transport.client_private_key_pem
    faults = [
        *_request_id_faults(request.request_id),
        *within("registry", secret_faults(secret)),
        *within("registry", client_certificate_faults(registry.transport, client_key)),
    ]
    registry = seal_secrets(registry, secret, client_key, sealer)
    return Draft(registry=registry, has_secret=bool(secret), faults=tuple(faults))


def update_draft(request: UpdateRegistryRequest, present: Registry, sealer: Sealer) -> Draft:
    """Return what `request` wants to make of the `present` registry.

    A secret that is not given stays, unless the mask names it or the way to log in changes; where
    the registry moves to another domain it must be given. The same holds for the key of a client
    certificate but for the domain; it goes with the certificate.

    Raises:
        SealingFailed: a new certificate cannot be compared with the key there is.
    """
    paths, faults = wanted_paths(request.update_mask, request.registry)
    faults += _provider_faults(request.registry, present)
    before, merged = registry_message(present), registry_message(present)
    merge(paths, request.registry, merged)
    registry, secret = registry_of(merged), secret_of(merged.login)
    faults += within("registry", secret_faults(secret))
    same_method = merged.login.WhichOneof("method") == before.login.WhichOneof("method")
    sealed = present.sealed_secret if same_method and not _SECRET_PATHS & set(paths) else b""
    if isinstance(registry.login, GoogleLogin) and not secret:
        # The project is that of the key file.
        registry = replace(registry, login=present.login if sealed else GoogleLogin())
    client_key = merged.transport.client_private_key_pem
    kept = _kept_client_key(registry, present, paths)
    if registry.transport != present.transport or client_key or not kept:
        known = client_key or open_client_key(replace(present, sealed_client_key=kept), sealer)
        faults += within("registry", client_certificate_faults(registry.transport, known))
    if sealed and not secret:
        faults += _move_faults(registry, present)
    registry = replace(
        registry, sealed_secret=sealed, sealed_client_key=kept, etag=request.registry.etag
    )
    registry = seal_secrets(registry, secret, client_key, sealer)
    has_secret = bool(registry.sealed_secret)
    return Draft(registry=registry, has_secret=has_secret, faults=tuple(faults))


def updated_settings(
    message: messages.RegistrySettings, mask: FieldMask, present: Settings
) -> Settings:
    """Return what a request wants to make of the `present` settings.

    Raises:
        InvalidRequest: the name, the mask or the way to push is not known.
    """
    paths, faults = wanted_paths(mask, message)
    if message.name not in ("", REGISTRY_SETTINGS):
        told = f"expected `{REGISTRY_SETTINGS}`"
        faults.append(Fault("registry_settings.name", told, "NAME_INVALID"))
    if message.default_push not in messages.RegistrySettings.DefaultPush.values():
        told = "expected one of the known values"
        faults.append(Fault("registry_settings.default_push", told, "VALUE_UNKNOWN"))
    if faults:
        raise InvalidRequest(faults)
    merged = settings_message(present)
    merge(paths, message, merged)
    return replace(settings_of(merged), etag=message.etag)


def named(message: messages.Registry, registry_id: str) -> messages.Registry:
    """Return what a caller may say of a registry that is called `registry_id`."""
    copy = messages.Registry()
    copy.CopyFrom(message)
    copy.name = REGISTRIES.name(registry_id)
    for output_only in ("create_time", "update_time", "etag"):
        copy.ClearField(output_only)
    return copy


def override_of(request: IssueRegistryCredentialsRequest, registry: Registry) -> AwsOverride | None:
    """Return the role and region that `request` asks for; None: those of the registry.

    Raises:
        InvalidRequest: the registry is none of Amazon ECR, or a field is faulty.
    """
    if not request.HasField("aws_override"):
        return None
    given, usual = request.aws_override, AwsOverride()
    override = AwsOverride(
        region=given.region,
        role_arn=given.role_arn,
        session_name=given.session_name or usual.session_name,
        duration_s=given.duration_seconds or usual.duration_s,
    )
    faults = list(override_faults(override, registry.provider))
    if not isinstance(registry.login, EcrLogin):
        told = "the registry logs in without keys of Amazon Web Services"
        faults = faults or [Fault("", told, "OVERRIDE_WITHOUT_KEYS")]
    if faults:
        raise InvalidRequest([each._replace(field=f"aws_override{each.field}") for each in faults])
    return override


def secret_faults(secret: str) -> list[Fault]:
    """Return what is wrong with the secret of a login."""
    too_much = len(secret) > _LONGEST_SECRET
    return [too_long("login", len(secret), _LONGEST_SECRET)] if too_much else []


def client_certificate_faults(transport: Transport, client_key: str) -> list[Fault]:
    """Return what is wrong with the client certificate of a registry and its opened key."""
    faults = pair_faults(transport.client_certificate_pem, client_key)
    return [
        Fault(f"transport.{field}", message, "CLIENT_CERTIFICATE_INVALID")
        for field, message in faults
    ]


def check_count(field: str, items: Collection[object], limit: int) -> None:
    """Refuse an empty or too long list.

    Raises:
        InvalidRequest: there is no item, or there are more than `limit`.
    """
    if not 1 <= len(items) <= limit:
        told = f"{len(items)} items, expected 1 to {limit}"
        raise InvalidRequest([Fault(field, told, "COUNT_OUT_OF_RANGE")])


def check_contexts(contexts: Collection[str]) -> None:
    """Refuse more registry contexts than any step has.

    Raises:
        InvalidRequest: there are too many.
    """
    if contexts:
        check_count("registry_contexts", contexts, _MOST_CONTEXTS)


def _request_id_faults(request_id: str) -> Sequence[Fault]:
    if not request_id:
        return []
    try:
        uuid.UUID(request_id)
    except ValueError:
        return [Fault("request_id", f'"{request_id}" is no UUID', "REQUEST_ID_INVALID")]
    if len(request_id) > _LONGEST_REQUEST_ID:  # the standard library ignores any count of hyphens
        told = "expected a UUID in one of its usual forms"
        return [Fault("request_id", told, "REQUEST_ID_INVALID")]
    return []


def _kept_client_key(wanted: Registry, present: Registry, paths: Collection[str]) -> bytes:
    stays = wanted.transport.client_certificate_pem and _CLIENT_KEY_PATH not in paths
    return present.sealed_client_key if stays else b""


def _move_faults(registry: Registry, present: Registry) -> list[Fault]:
    """Return that a secret is kept which would be sent to another domain.

    Whoever may change registries could else have secrets sent to a host of theirs.
    """
    field, domain = _SECRET_FIELDS.get(type(registry.login)), normalised(registry).domain
    if field is None or domain == present.domain:
        return []
    told = f'it was given for "{present.domain}"; give it again for "{domain}"'
    return [Fault(f"registry.{field}", told, "SECRET_OF_OTHER_DOMAIN")]


def _provider_faults(wanted: messages.Registry, present: Registry) -> list[Fault]:
    if not wanted.provider or provider_of(wanted.provider) is present.provider:
        return []
    told = "it cannot be changed; make another registry"
    return [Fault("registry.provider", told, "PROVIDER_IMMUTABLE")]
