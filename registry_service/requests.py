"""What requests want: drafts of registries and settings, masks applied, sizes checked."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TypeVar

from google.protobuf.field_mask_pb2 import FieldMask

from freshet.registry.v1 import registry_pb2 as messages
from freshet.registry.v1.registry_service_pb2 import CreateRegistryRequest, UpdateRegistryRequest
from freshet.rpc.names import REGISTRIES, REGISTRY_SETTINGS
from registry_service.changes import Draft
from registry_service.convert.registries import (
    provider_of,
    registry_message,
    registry_of,
    secret_of,
    settings_message,
    settings_of,
)
from registry_service.errors import InvalidRequest
from registry_service.registries import GoogleLogin, Registry, Settings
from registry_service.rules import Fault
from registry_service.sealing import Sealer

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
}
_SECRET_PATHS = {
    "login.password.password",
    "login.ecr.secret_access_key",
    "login.google.keyfile_json",
    "login.azure.client_secret",
}


def create_draft(request: CreateRegistryRequest, sealer: Sealer) -> Draft:
    """Return the registry that `request` wants to be made.

    Raises:
        InvalidRequest: the provider is not known, so that nothing else can be judged.
    """
    if provider_of(request.registry.provider) is None:
        raise InvalidRequest([("registry.provider", "expected one of the known providers")])
    message = messages.Registry()
    message.CopyFrom(request.registry)
    message.name = REGISTRIES.name(request.registry_id)
    for output_only in ("create_time", "update_time", "etag"):
        message.ClearField(output_only)
    secret = secret_of(message.login)
    registry = replace(
        registry_of(message),
        sealed_secret=sealer.seal(secret, message.name) if secret else b"",
        request_id=request.request_id,
    )
    faults = tuple(_request_id_faults(request.request_id))
    return Draft(registry=registry, has_secret=bool(secret), faults=faults)


def update_draft(request: UpdateRegistryRequest, present: Registry, sealer: Sealer) -> Draft:
    """Return what `request` wants to make of the `present` registry.

    A secret that is not given stays, unless the mask names it or the way to log in changes.
    """
    paths, faults = _paths(request.update_mask, request.registry)
    faults += _provider_faults(request.registry, present)
    before, merged = registry_message(present), registry_message(present)
    _merge(paths, request.registry, merged)
    registry, secret = registry_of(merged), secret_of(merged.login)
    same_method = merged.login.WhichOneof("method") == before.login.WhichOneof("method")
    sealed = present.sealed_secret if same_method and not _SECRET_PATHS & set(paths) else b""
    if secret:
        sealed = sealer.seal(secret, present.name)
    elif sealed and isinstance(present.login, GoogleLogin):
        registry = replace(registry, login=present.login)  # the project is that of the key file
    registry = replace(registry, sealed_secret=sealed, etag=request.registry.etag)
    return Draft(registry=registry, has_secret=bool(sealed), faults=tuple(faults))


def updated_settings(
    message: messages.RegistrySettings, mask: FieldMask, present: Settings
) -> Settings:
    """Return what a request wants to make of the `present` settings.

    Raises:
        InvalidRequest: the name, the mask or the way to push is not known.
    """
    paths, faults = _paths(mask, message)
    if message.name not in ("", REGISTRY_SETTINGS):
        faults.append(("registry_settings.name", f"expected `{REGISTRY_SETTINGS}`"))
    if message.default_push not in messages.RegistrySettings.DefaultPush.values():
        faults.append(("registry_settings.default_push", "expected one of the known values"))
    if faults:
        raise InvalidRequest(faults)
    merged = settings_message(present)
    _merge(paths, message, merged)
    return replace(settings_of(merged), etag=message.etag)


def check_count(field: str, items: Collection[object], limit: int) -> None:
    """Refuse an empty or too long list.

    Raises:
        InvalidRequest: there is no item, or there are more than `limit`.
    """
    if not 1 <= len(items) <= limit:
        raise InvalidRequest([(field, f"{len(items)} items, expected 1 to {limit}")])


def _request_id_faults(request_id: str) -> Sequence[Fault]:
    if not request_id:
        return []
    try:
        uuid.UUID(request_id)
    except ValueError:
        return [("request_id", f'"{request_id}" is no UUID')]
    return []


def _provider_faults(wanted: messages.Registry, present: Registry) -> list[Fault]:
    if not wanted.provider or provider_of(wanted.provider) is present.provider:
        return []
    return [("registry.provider", "it cannot be changed; make another registry")]


def _paths(mask: FieldMask, message: _Message) -> tuple[list[str], list[Fault]]:
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
        ("update_mask", f'"{path}" is no field of the resource')
        for path in paths
        if path not in known
    ]
    return [path for path in known if path not in _UNCHANGEABLE], faults


def _merge(paths: Sequence[str], source: _Message, target: _Message) -> None:
    mask = FieldMask(paths=paths)
    mask.MergeMessage(source, target, replace_message_field=True, replace_repeated_field=True)
