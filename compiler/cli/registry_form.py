"""Reads a registry from the options of `freshet registry add`."""

import argparse
import getpass
import os
import sys
from pathlib import Path

from compiler.cli.exits import WRONG_USE, CommandError
from freshet.registry.v1.registry_pb2 import (
    AzureLogin,
    EcrLogin,
    GoogleLogin,
    PasswordLogin,
    Registry,
    RegistryLogin,
    RegistryTransport,
)
from freshet.rpc.names import REGISTRIES

_PROVIDERS = {
    "dockerhub": Registry.PROVIDER_DOCKER_HUB,
    "ecr": Registry.PROVIDER_ECR,
    "gcr": Registry.PROVIDER_GCR,
    "gar": Registry.PROVIDER_GAR,
    "acr": Registry.PROVIDER_ACR,
    "artifactory": Registry.PROVIDER_ARTIFACTORY,
    "quay": Registry.PROVIDER_QUAY,
    "ghcr": Registry.PROVIDER_GHCR,
    "other": Registry.PROVIDER_OTHER,
}
PROVIDER_WORDS = {value: word for word, value in _PROVIDERS.items()}
"""What the command line calls each provider."""
PASSWORD_VARIABLE = "FRESHET_REGISTRY_PASSWORD"


def read_registry(arguments: argparse.Namespace) -> Registry:
    """Return the registry that the options describe, its secret read from a safe place."""
    registry = Registry(
        provider=_PROVIDERS[arguments.provider],
        domain=arguments.domain,
        repository_prefix=arguments.prefix,
        primary=arguments.primary,
        fallback_registry=REGISTRIES.name(arguments.fallback) if arguments.fallback else "",
    )
    if login := _login(arguments):
        registry.login.CopyFrom(login)
    if arguments.ca or arguments.insecure or arguments.plain_http:
        registry.transport.CopyFrom(
            RegistryTransport(
                ca_certificates_pem=_read(arguments.ca) if arguments.ca else "",
                insecure_skip_verify=arguments.insecure,
                plain_http=arguments.plain_http,
            )
        )
    return registry


def _login(arguments: argparse.Namespace) -> RegistryLogin | None:
    if arguments.username:
        password = _secret(arguments, f"password of {arguments.username}")
        return RegistryLogin(password=PasswordLogin(username=arguments.username, password=password))
    if arguments.keyfile:
        return RegistryLogin(google=GoogleLogin(keyfile_json=_read(arguments.keyfile)))
    if arguments.region:
        secret = _secret(arguments, "secret access key") if arguments.access_key_id else ""
        return RegistryLogin(
            ecr=EcrLogin(
                region=arguments.region,
                access_key_id=arguments.access_key_id,
                secret_access_key=secret,
            )
        )
    if arguments.client_id:
        secret = _secret(arguments, "client secret")
        return RegistryLogin(azure=AzureLogin(client_id=arguments.client_id, client_secret=secret))
    return None


def _secret(arguments: argparse.Namespace, what: str) -> str:
    """Read a secret where other users of the machine do not see it: never from the options."""
    if arguments.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if secret := os.environ.get(PASSWORD_VARIABLE):
        return secret
    if sys.stdin.isatty():
        return getpass.getpass(f"{what}: ")
    raise CommandError(
        WRONG_USE,
        f"the {what} is missing",
        f"pass it with `--password-stdin`, or in the environment as {PASSWORD_VARIABLE}",
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(WRONG_USE, f'"{path}" cannot be read: {error.strerror}') from error
    except UnicodeDecodeError as error:
        raise CommandError(WRONG_USE, f'"{path}" is not a text file') from error
