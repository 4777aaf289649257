"""Between registries and settings and their messages."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp

from freshet.registry.v1 import registry_pb2 as messages
from freshet.rpc.names import REGISTRY_SETTINGS
from registry_service.indexes import Record
from registry_service.registries import (
    AzureLogin,
    DefaultPush,
    EcrLogin,
    EnvironmentLogin,
    GoogleLogin,
    HelperLogin,
    Kind,
    Login,
    PasswordLogin,
    Provider,
    Registry,
    Settings,
    Transport,
)
from registry_service.rules import kind_of

_Provider = messages.Registry.Provider
_PROVIDERS = {getattr(messages.Registry, f"PROVIDER_{each.name}"): each for each in Provider}
_PROVIDER_NUMBERS = {each: number for number, each in _PROVIDERS.items()}
_KIND_NUMBERS = {each: getattr(messages.Registry, f"KIND_{each.name}") for each in Kind}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN = Transport()
_PUSH_NUMBERS = {
    each: getattr(messages.RegistrySettings, f"DEFAULT_PUSH_{each.name}") for each in DefaultPush
}
_PUSHES = {
    messages.RegistrySettings.DEFAULT_PUSH_UNSPECIFIED: DefaultPush.AUTO,
    **{number: each for each, number in _PUSH_NUMBERS.items()},
}


def provider_of(number: int) -> Provider | None:
    """Return the provider; None when this version knows none of that number."""
    return _PROVIDERS.get(number)


def registry_message(registry: Registry) -> messages.Registry:
    """Return the message of a registry, without its secret."""
    message = messages.Registry(
        name=registry.name,
        provider=_PROVIDER_NUMBERS[registry.provider],
        kind=_KIND_NUMBERS[kind_of(registry.provider)],
        domain=registry.domain,
        repository_prefix=registry.repository_prefix,
        primary=registry.primary,
        fallback_registry=registry.fallback_registry,
        behind_firewall=registry.behind_firewall,
        login=_login_message(registry.login),
        create_time=timestamp_of(registry.create_time),
        update_time=timestamp_of(registry.update_time),
        etag=registry.etag,
    )
    if registry.login:
        message.login.secret_set = bool(registry.sealed_secret)
    if registry.transport != Transport():
        message.transport.CopyFrom(transport_message(registry.transport))
        message.transport.client_private_key_set = bool(registry.sealed_client_key)
    return message


def record_message(record: Record) -> messages.Registry:
    """Return the message of a record, which for a stored one is there already.

    Raises:
        StoreDamaged: the stored one cannot be read.
    """
    if record.message is not None:
        with suppress(DecodeError):
            return messages.Registry.FromString(record.message)
    return registry_message(record.registry)


def registry_of(
    message: messages.Registry,
    *,
    sealed_secret: bytes = b"",
    sealed_client_key: bytes = b"",
    request_id: str = "",
) -> Registry:
    """Return the registry of a message, and of what a store keeps beside it.

    Raises:
        KeyError: this version does not know the provider.
    """
    return Registry(
        name=message.name,
        provider=_PROVIDERS[message.provider],
        domain=message.domain,
        repository_prefix=message.repository_prefix,
        primary=message.primary,
        fallback_registry=message.fallback_registry,
        behind_firewall=message.behind_firewall,
        login=_login_of(message.login),
        transport=_transport_of(message.transport) if message.HasField("transport") else _PLAIN,
        create_time=_time(message, "create_time"),
        update_time=_time(message, "update_time"),
        etag=message.etag,
        sealed_secret=sealed_secret,
        sealed_client_key=sealed_client_key,
        request_id=request_id,
    )


def secret_of(login: messages.RegistryLogin) -> str:
    """Return the secret part that a message brings; empty: none."""
    match login.WhichOneof("method"):
        case "password":
            return login.password.password
        case "ecr":
            return login.ecr.secret_access_key
        case "google":
            return login.google.keyfile_json
        case "azure":
            return login.azure.client_secret
        case _:
            return ""


def settings_message(settings: Settings) -> messages.RegistrySettings:
    """Return the message of the settings."""
    return messages.RegistrySettings(
        name=REGISTRY_SETTINGS,
        default_registry=settings.default_registry,
        cache_registry=settings.cache_registry,
        default_push=_PUSH_NUMBERS[settings.default_push],
        etag=settings.etag,
    )


def settings_of(message: messages.RegistrySettings) -> Settings:
    """Return the settings of a message; an unknown way to push is the first."""
    return Settings(
        default_registry=message.default_registry,
        cache_registry=message.cache_registry,
        default_push=_PUSHES.get(message.default_push, DefaultPush.AUTO),
        etag=message.etag,
    )


def _login_message(login: Login | None) -> messages.RegistryLogin | None:
    match login:
        case PasswordLogin():
            password = messages.PasswordLogin(username=login.username)
            return messages.RegistryLogin(password=password)
        case EcrLogin():
            ecr = messages.EcrLogin(region=login.region, access_key_id=login.access_key_id)
            return messages.RegistryLogin(ecr=ecr)
        case GoogleLogin():
            google = messages.GoogleLogin(project_id=login.project_id)
            return messages.RegistryLogin(google=google)
        case AzureLogin():
            return messages.RegistryLogin(azure=messages.AzureLogin(client_id=login.client_id))
        case HelperLogin():
            return messages.RegistryLogin(helper=messages.HelperLogin(helper=login.suffix))
        case EnvironmentLogin():
            environment = messages.EnvironmentLogin(
                username_variable=login.username_variable,
                password_variable=login.password_variable,
            )
            return messages.RegistryLogin(environment=environment)
        case None:
            return None


def _login_of(login: messages.RegistryLogin) -> Login | None:
    match login.WhichOneof("method"):
        case "password":
            return PasswordLogin(username=login.password.username)
        case "ecr":
            return EcrLogin(region=login.ecr.region, access_key_id=login.ecr.access_key_id)
        case "google":
            keyfile = login.google.keyfile_json
            project_id = _project_id(keyfile) if keyfile else login.google.project_id
            return GoogleLogin(project_id=project_id)
        case "azure":
            return AzureLogin(client_id=login.azure.client_id)
        case "helper":
            return HelperLogin(suffix=login.helper.helper)
        case "environment":
            return EnvironmentLogin(
                username_variable=login.environment.username_variable,
                password_variable=login.environment.password_variable,
            )
        case _:
            return None


def _project_id(keyfile_json: str) -> str:
    try:
        keyfile = json.loads(keyfile_json)
    except (ValueError, RecursionError):  # the latter: brackets in brackets in brackets
        return ""
    project_id = keyfile.get("project_id") if isinstance(keyfile, dict) else None
    return project_id if isinstance(project_id, str) else ""


def transport_message(transport: Transport) -> messages.RegistryTransport:
    """Return the message of a transport, without the private key."""
    return messages.RegistryTransport(
        ca_certificates_pem=transport.ca_certificates_pem,
        insecure_skip_verify=transport.insecure_skip_verify,
        plain_http=transport.plain_http,
        client_certificate_pem=transport.client_certificate_pem,
    )


def _transport_of(transport: messages.RegistryTransport) -> Transport:
    return Transport(
        ca_certificates_pem=transport.ca_certificates_pem,
        insecure_skip_verify=transport.insecure_skip_verify,
        plain_http=transport.plain_http,
        client_certificate_pem=transport.client_certificate_pem,
    )


def timestamp_of(time: datetime | None) -> Timestamp | None:
    """Return the message of a time; None: unset."""
    if time is None:
        return None
    timestamp = Timestamp()
    timestamp.FromDatetime(time)
    return timestamp


def _time(message: messages.Registry, field: str) -> datetime | None:
    timestamp: Timestamp = getattr(message, field)
    if not timestamp.seconds:
        return None
    # A third of the time of `ToDatetime`, which counts where a hundred thousand may be asked for.
    return _EPOCH + timedelta(seconds=timestamp.seconds, microseconds=timestamp.nanos // 1000)
