"""The records of the service: registries, their logins without secrets, and the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from freshet.rpc.names import REGISTRIES


class Provider(Enum):
    """Who runs a registry."""

    DOCKER_HUB = "Docker Hub"
    ECR = "Amazon ECR"
    GCR = "Google Container Registry"
    GAR = "Google Artifact Registry"
    ACR = "Azure Container Registry"
    ARTIFACTORY = "JFrog Artifactory"
    QUAY = "Quay"
    GHCR = "GitHub Container Registry"
    OTHER = "another registry"


class Kind(Enum):
    """Providers that share their way to log in and to name."""

    STANDARD = "standard"
    GOOGLE = "google"
    ECR = "ecr"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordLogin:
    """User name and password; the secret is the password."""

    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EcrLogin:
    """Keys of Amazon Web Services; the secret is the secret access key."""

    region: str
    access_key_id: str = ""
    """Empty: the credentials of the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleLogin:
    """Service account of Google Cloud; the secret is the text of its key file.

    None: the credentials of the machine.
    """

    project_id: str = ""
    """As the key file names it; empty: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureLogin:
    """Service principal of Azure; the secret is the client secret. None: managed identity."""

    client_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelperLogin:
    """The program `docker-credential-<suffix>`, which keeps the secret itself."""

    suffix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentLogin:
    """User name and password in the environment of the service, read at each issue."""

    username_variable: str
    password_variable: str


Login: TypeAlias = (
    PasswordLogin | EcrLogin | GoogleLogin | AzureLogin | HelperLogin | EnvironmentLogin
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """How the connection to a registry is secured."""

    ca_certificates_pem: str = ""
    """Trusted beside those of the system."""
    insecure_skip_verify: bool = False
    plain_http: bool = False
    client_certificate_pem: str = ""
    """Shown to the registry, with its chain. Its private key is stored with the registry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """How to reach one registry and how images are named in it."""

    name: str
    """Resource name, `registries/{registry}`."""
    provider: Provider
    domain: str
    """Host and optional port, normalised."""
    repository_prefix: str = ""
    primary: bool = False
    """Whether pulls from `domain` log in with this one when several share it."""
    fallback_registry: str = ""
    """Resource name; empty: none."""
    behind_firewall: bool = False
    login: Login | None = None
    """None: anonymous."""
    transport: Transport = Transport()
    sealed_secret: bytes = field(default=b"", repr=False)
    """Secret of `login`, encrypted; empty: none is stored."""
    sealed_client_key: bytes = field(default=b"", repr=False)
    """Private key of the client certificate, encrypted; empty: none is stored."""
    create_time: datetime | None = None
    update_time: datetime | None = None
    etag: str = ""
    request_id: str = ""
    """UUID of the request that made it; empty: it had none."""

    @property
    def id(self) -> str:
        """The name that pipelines use."""
        return REGISTRIES.id(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsOverride:
    """A role of Amazon Web Services and a region, in place of those of an ECR registry."""

    region: str = ""
    """Empty: that of the registry."""
    role_arn: str = ""
    """Empty: none is assumed."""
    session_name: str = "default-session-name"
    duration_s: int = 3600


class DefaultPush(Enum):
    """What a build step does that names no registry and says nothing about pushing."""

    AUTO = "auto"
    NEVER = "never"
    EXPLICIT = "explicit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Choices that hold for all registries."""

    default_registry: str = ""
    """Resource name; empty: none."""
    cache_registry: str = ""
    """Resource name; empty: none."""
    default_push: DefaultPush = DefaultPush.AUTO
    etag: str = ""
