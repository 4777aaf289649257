"""What requests want: drafts of registries and settings, masks applied, sizes checked."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TypeVar

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
from registry_service.registries import (
    AwsOverride,
    EcrLogin,
    GoogleLogin,
    Registry,
    Settings,
    Transport,
)
from registry_service.rules import override_faults, too_long, unknown_provider
from registry_service.sealing import Sealer, open_client_key, seal_secrets

_Message = TypeVar("_Message", messages.Registry, messages.RegistrySettings)
_UNCHANGEABLE = {
    "name",
    "provider",  # a change is a fault, told by `_provider_faults`
    "kind",
    "create_time",
    "update_time",
    "etag",
    "login.secret_set",
    "login.google.project_id",
    "transport.client_private_key_set",
}
_LONGEST_SECRET = 64 * 1024
"""A key file takes some thousand characters."""
_MOST_PATHS = 100
_MOST_CONTEXTS = 1000
_SECRET_PATHS = {
    "login.password.password",
    "login.ecr.secret_access_key",
    "login.google.keyfile_json",
    "login.azure.client_secret",
}
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
        *_secret_faults("registry", secret),
        *within("registry", client_certificate_faults(registry.transport, client_key)),
    ]
    registry = seal_secrets(registry, secret, client_key, sealer)
    return Draft(registry=registry, has_secret=bool(secret), faults=tuple(faults))


def update_draft(request: UpdateRegistryRequest, present: Registry, sealer: Sealer) -> Draft:
    """Return what `request` wants to make of the `present` registry.

    A secret that is not given stays, unless the mask names it or the way to log in changes. The
    same holds for the key of a client certificate; it goes with the certificate.

    Raises:
        SealingFailed: a new certificate cannot be compared with the key there is.
    """
    paths, faults = _paths(request.update_mask, request.registry)
    faults += _provider_faults(request.registry, present)
    before, merged = registry_message(present), registry_message(present)
    _merge(paths, request.registry, merged)
    registry, secret = registry_of(merged), secret_of(merged.login)
    faults += _secret_faults("registry", secret)
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
    paths, faults = _paths(mask, message)
    if message.name not in ("", REGISTRY_SETTINGS):
        told = f"expected `{REGISTRY_SETTINGS}`"
        faults.append(Fault("registry_settings.name", told, "NAME_INVALID"))
    if message.default_push not in messages.RegistrySettings.DefaultPush.values():
        told = "expected one of the known values"
        faults.append(Fault("registry_settings.default_push", told, "VALUE_UNKNOWN"))
    if faults:
        raise InvalidRequest(faults)
    merged = settings_message(present)
    _merge(paths, message, merged)
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
    return []


def _secret_faults(field: str, secret: str) -> Sequence[Fault]:
    if len(secret) <= _LONGEST_SECRET:
        return []
    return [too_long(f"{field}.login", len(secret), _LONGEST_SECRET)]


def _kept_client_key(wanted: Registry, present: Registry, paths: Collection[str]) -> bytes:
    stays = wanted.transport.client_certificate_pem and _CLIENT_KEY_PATH not in paths
    return present.sealed_client_key if stays else b""


def _provider_faults(wanted: messages.Registry, present: Registry) -> list[Fault]:
    if not wanted.provider or provider_of(wanted.provider) is present.provider:
        return []
    told = "it cannot be changed; make another registry"
    return [Fault("registry.provider", told, "PROVIDER_IMMUTABLE")]


def _paths(mask: FieldMask, message: _Message) -> tuple[list[str], list[Fault]]:
    if len(mask.paths) > _MOST_PATHS:
        told = f"{len(mask.paths)} paths, expected at most {_MOST_PATHS}"
        return [], [Fault("update_mask", told, "COUNT_OUT_OF_RANGE")]
    if not mask.paths:
        paths = [field.name for field, _ in message.ListFields()]
    elif list(mask.paths) == ["*"]:
        paths = [field.name for field in message.DESCRIPTOR.fields]
    else:
        paths = list(mask.paths)
    known = [
        path for path in paths if FieldMask(paths=[path]).IsValidForDescriptor(message.DESCRIPTOR)
    ]
    faults = [
        Fault("update_mask", f'"{path}" is no field of the resource', "MASK_PATH_UNKNOWN")
        for path in paths
        if path not in known
    ]
    return [path for path in known if path not in _UNCHANGEABLE], faults


def _merge(paths: Sequence[str], source: _Message, target: _Message) -> None:
    given = type(source)()
    given.CopyFrom(source)
    for path in paths:
        head, nested, _ = path.partition(".")
        if nested:  # else a field within a message that is not set would stay as it is
            getattr(given, head).SetInParent()
    mask = FieldMask(paths=paths)
    mask.MergeMessage(given, target, replace_message_field=True, replace_repeated_field=True)
