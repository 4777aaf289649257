"""What the ways to log in must fulfil."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from registry_service.errors import Fault
from registry_service.registries import (
    AwsOverride,
    AzureLogin,
    EcrLogin,
    EnvironmentLogin,
    GoogleLogin,
    HelperLogin,
    PasswordLogin,
    Provider,
    Registry,
)

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_OWN_VARIABLES = "FRESHET_"
_ROLE = re.compile(r"arn:[a-z0-9-]+:iam::\d{12}:role/[\w+=,.@/-]{1,512}", re.ASCII)
_SESSION = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_SESSION_S = range(900, 3600 + 1)
_COMMON_LOGINS = (PasswordLogin, HelperLogin, EnvironmentLogin)


def override_faults(override: AwsOverride, provider: Provider) -> Iterator[Fault]:
    """Yield what is wrong with an `override` of a registry of `provider`."""
    if provider is not Provider.ECR:
        yield Fault("", "it is for registries of Amazon ECR alone", "OVERRIDE_WITHOUT_ECR")
    if override.region and not _REGION.fullmatch(override.region):
        told = f'"{override.region}" is no AWS region like `eu-west-1`'
        yield Fault(".region", told, "REGION_INVALID")
    if override.role_arn and not _ROLE.fullmatch(override.role_arn):
        yield Fault(".role_arn", f'"{override.role_arn}" is no ARN of a role', "ROLE_INVALID")
    if not _SESSION.fullmatch(override.session_name):
        told = "expected 2 to 64 letters, digits and characters of `_+=,.@-`"
        yield Fault(".session_name", told, "SESSION_NAME_INVALID")
    if override.duration_s not in _SESSION_S:
        told = f"{override.duration_s} is not between 900 and 3600"
        yield Fault(".duration_seconds", told, "SESSION_DURATION_INVALID")


def login_faults(registry: Registry, own: type | None, *, has_secret: bool) -> Iterator[Fault]:
    """Yield what is wrong with how `registry` logs in.

    Args:
        registry: As it would be stored.
        own: Way to log in that its provider has beside those of all.
        has_secret: Whether a secret was given or is stored.
    """
    login = registry.login
    if login is None:
        return
    if not isinstance(login, (*_COMMON_LOGINS, *([own] if own else []))):
        told = f"{registry.provider.value} has no such way to log in"
        yield Fault("login", told, "LOGIN_OF_OTHER_PROVIDER")
        return
    match login:
        case PasswordLogin():
            yield from needed("login.password.username", login.username)
            yield from needed("login.password.password", has_secret)
        case EcrLogin():
            yield from _ecr_faults(login, has_secret=has_secret)
        case GoogleLogin():
            if has_secret and not login.project_id:
                told = "expected a JSON object with `project_id`"
                yield Fault("login.google.keyfile_json", told, "KEY_FILE_INVALID")
        case AzureLogin():
            if has_secret:
                yield from needed("login.azure.client_id", login.client_id)
        case HelperLogin():
            if not _HELPER.fullmatch(login.suffix):
                told = f'"{login.suffix}" is no suffix of a program `docker-credential-<suffix>`'
                yield Fault("login.helper.helper", told, "HELPER_INVALID")
        case EnvironmentLogin():
            yield from _variable_faults("username_variable", login.username_variable)
            yield from _variable_faults("password_variable", login.password_variable)


def _ecr_faults(login: EcrLogin, *, has_secret: bool) -> Iterator[Fault]:
    if not _REGION.fullmatch(login.region):
        told = f'"{login.region}" is no AWS region like `eu-west-1`'
        yield Fault("login.ecr.region", told, "REGION_INVALID")
    if login.access_key_id and not has_secret:
        yield from needed("login.ecr.secret_access_key", has_secret)
    if has_secret:
        yield from needed("login.ecr.access_key_id", login.access_key_id)


def _variable_faults(field: str, name: str) -> Iterator[Fault]:
    if not _VARIABLE.fullmatch(name):
        told = f'"{name}" is no name of an environment variable'
        yield Fault(f"login.environment.{field}", told, "VARIABLE_INVALID")
    elif name.startswith(_OWN_VARIABLES):  # the sealing key would go to whoever has the domain
        told = f'"{name}" belongs to the service itself; take a name without `{_OWN_VARIABLES}`'
        yield Fault(f"login.environment.{field}", told, "VARIABLE_OF_SERVICE")


def needed(field: str, value: object) -> Iterable[Fault]:
    """Return that `field` lacks its `value`; nothing when it has one."""
    return [] if value else [Fault(field, "it is needed", "FIELD_REQUIRED")]
