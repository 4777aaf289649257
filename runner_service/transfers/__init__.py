"""What the runner itself says to registries, beside its daemon: rights, digests, tags, copies.

Daemons move the layers of what they built. But they hide what registries answer, they retry
poorly, and they merge concurrent transfers of one repository whatever the accounts; so rights are
checked and results are read back over the registry's own API.
"""

from dataclasses import dataclass, field

from runner_service.transfers.copies import ImageCopy, Place
from runner_service.transfers.http_registry import HttpRegistries
from runner_service.transfers.layouts import LayoutUpload
from runner_service.transfers.leases import Leases
from runner_service.transfers.manifests import UnknownManifest, read_parts
from runner_service.transfers.port import (
    Blob,
    BlobReader,
    Manifest,
    Refusal,
    RemoteRegistries,
    RemoteRegistry,
)
from runner_service.transfers.referrers import attach
from runner_service.transfers.retries import Retries, RetryPolicy

__all__ = [
    "Blob",
    "BlobReader",
    "HttpRegistries",
    "ImageCopy",
    "LayoutUpload",
    "Leases",
    "Manifest",
    "Place",
    "Refusal",
    "RemoteRegistries",
    "RemoteRegistry",
    "Retries",
    "RetryPolicy",
    "Transfers",
    "UnknownManifest",
    "attach",
    "read_parts",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfers:
    """What all runs of a runner share to move images."""

    remotes: RemoteRegistries = field(default_factory=HttpRegistries)
    leases: Leases = field(default_factory=Leases)
    retries: Retries = field(default_factory=Retries)
