"""Which fields an update changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from google.protobuf.field_mask_pb2 import FieldMask

from freshet.registry.v1 import registry_pb2 as messages
from registry_service.errors import Fault

_Message = TypeVar("_Message", messages.Registry, messages.RegistrySettings)
_UNCHANGEABLE = {
    "name",
    "provider",  # a change is a fault, told by `requests`
    "kind",
    "create_time",
    "update_time",
    "etag",
    "login.secret_set",
    "login.google.project_id",
    "transport.client_private_key_set",
}
_MOST_PATHS = 100


def wanted_paths(mask: FieldMask, message: _Message) -> tuple[list[str], list[Fault]]:
    """Return which fields of `message` a request changes, and what is wrong with its mask."""
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


def merge(paths: Sequence[str], source: _Message, target: _Message) -> None:
    """Put the fields `paths` of `source` in place of those of `target`."""
    given = type(source)()
    given.CopyFrom(source)
    for path in paths:
        head, nested, _ = path.partition(".")
        if nested:  # else a field within a message that is not set would stay as it is
            getattr(given, head).SetInParent()
    mask = FieldMask(paths=paths)
    mask.MergeMessage(given, target, replace_message_field=True, replace_repeated_field=True)
