"""Between the keys of a file of registries and the fields of the contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from compiler.cli.registry.facts import PROVIDERS, Facts
from compiler.cli.registry.form import MACHINES, SECRETS, Form
from freshet.registry.v1.registry_pb2 import Registry
from freshet.rpc.names import REGISTRIES

_TEXTS = {
    "domain": "domain",
    "prefix": "repository_prefix",
    "username": "login.password.username",
    "region": "login.ecr.region",
    "access_key_id": "login.ecr.access_key_id",
    "project": "login.google.project_id",
    "client_id": "login.azure.client_id",
    "helper": "login.helper.helper",
    "service_username_env": "login.environment.username_variable",
    "service_password_env": "login.environment.password_variable",
    "ca": "transport.ca_certificates_pem",
    "client_certificate": "transport.client_certificate_pem",
}
_FLAGS = {
    "primary": "primary",
    "behind_firewall": "behind_firewall",
    "insecure": "transport.insecure_skip_verify",
    "plain_http": "transport.plain_http",
}
_SECRETS = {
    "password": "login.password.password",
    "secret_access_key": "login.ecr.secret_access_key",
    "keyfile": "login.google.keyfile_json",
    "client_secret": "login.azure.client_secret",
    "client_key": "transport.client_private_key_pem",
}
_KEYS = {
    **{path: key for key, path in (_TEXTS | _FLAGS | _SECRETS).items()},
    "registry_id": "name",
    "fallback_registry": "fallback",
    "login.environment.username_variable": "service_environment",
    "login.environment.password_variable": "service_environment",
}
_DECIDED = ("repository_prefix", "fallback_registry", "behind_firewall", "login", "transport")
"""What a file decides even where it does not say it."""
FROM_SERVICE_ACCOUNT = "from.service-account"
"""Stands for a domain of ECR that only the credentials of the service's machine tell."""


def key_of(field: str) -> str:
    """Return the key of a field that the service complains of."""
    field = field.removeprefix("registry.")
    return _KEYS.get(field, field)


def login_way(key: str, provider: str) -> str:
    """Return the way to log in that a key is about; empty: about none."""
    if key == "machine_identity":
        return MACHINES.get(PROVIDERS.get(provider, Registry.PROVIDER_OTHER), "machine_identity")
    path = {**_TEXTS, **_SECRETS, "service_environment": "login.environment"}.get(key, "")
    return path.split(".")[1] if path.startswith("login.") else ""


def build(
    texts: Mapping[str, str], flags: Mapping[str, bool], secrets: Iterable[str] = ()
) -> tuple[Registry, tuple[str, ...]]:
    """Return the registry that a file describes, and the fields that it decides.

    `secrets` are the keys that say where secrets are; what they hold comes later.
    """
    form = Form()
    provider = PROVIDERS.get(texts.get("provider", ""), Registry.PROVIDER_OTHER)
    form.registry.provider = provider
    for key, path in _TEXTS.items():
        if key in texts:
            form.put(path, texts[key])
    for key, path in _FLAGS.items():
        if key in flags:
            form.put(path, flags[key])
    for key in secrets:
        form.put(_SECRETS[key], "")
    if fallback := texts.get("fallback"):
        form.registry.fallback_registry = REGISTRIES.name(fallback)
    paths = [*_DECIDED, *(["primary"] if "primary" in flags else [])]
    if "domain" in texts or provider != Registry.PROVIDER_ECR:
        paths.append("domain")  # what keys of AWS tell is known to the service alone
    machine = flags.get("machine_identity") and MACHINES.get(provider)
    if machine or ("region" in texts and "access_key_id" not in texts):
        secret = SECRETS[machine or "ecr"][0]
        form.put(secret, "")
        paths.append(secret)  # it goes, if one is stored
    return form.registry, tuple(paths)


def file_entry(facts: Facts, *, shares_domain: bool) -> dict[str, object]:
    """Return what a file says of a registry with these facts; no secrets, and no usual values."""
    said = {
        key: facts[key]
        for key in (
            *("name", "provider", "domain", "prefix", "default", "cache", "primary", "fallback"),
            *("behind_firewall", "username", "region", "access_key_id", "project", "client_id"),
            *("helper", "plain_http", "insecure", "ca", "client_certificate"),
        )
    }
    if not shares_domain:
        said["primary"] = False  # the only one of a domain always is
    if said["domain"] == FROM_SERVICE_ACCOUNT:
        said["domain"] = ""
    said["machine_identity"] = facts["login"] in ("azure", "google") and not facts["secret_set"]
    entry = {key: value for key, value in said.items() if value}
    if facts["login"] == "environment":
        username, password = str(facts["service_environment"]).split(", ")
        entry["service_environment"] = {"username": username, "password": password}
    return entry
