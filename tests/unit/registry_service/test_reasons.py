"""Each rule has a reason of its own that clients can rely on."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace

import pytest

from registry_service import login_rules, rules
from registry_service.login_rules import override_faults
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
    Settings,
    Transport,
)
from registry_service.rules import (
    normalised,
    registry_faults,
    role_faults,
    settings_faults,
)
from registry_service.snapshot import Snapshot

ONE = Registry(name="registries/one", provider=Provider.OTHER, domain="one.test")
HUB = Registry(name="registries/hub", provider=Provider.DOCKER_HUB, domain="docker.io")
ECR = replace(ONE, provider=Provider.ECR, domain="123456789012.dkr.ecr.eu-west-1.amazonaws.com")
KEYS = EcrLogin(region="eu-west-1", access_key_id="AKIA")
LONG = "a" * 1_000_000
CASES = [
    (replace(ONE, name="registries/-"), "registry_id", "NAME_INVALID"),
    (replace(ONE, name=f"registries/{LONG}"), "registry_id", "FIELD_TOO_LONG"),
    (replace(ONE, domain=""), "domain", "FIELD_REQUIRED"),
    (replace(ONE, domain="one.test/team"), "domain", "DOMAIN_HAS_PATH"),
    (replace(ONE, domain="one test"), "domain", "DOMAIN_INVALID"),
    (replace(ONE, domain=LONG), "domain", "FIELD_TOO_LONG"),
    (replace(ONE, domain="/" * 1_000_000 + "a"), "domain", "FIELD_TOO_LONG"),
    (replace(HUB, domain="ghcr.io"), "domain", "DOMAIN_OF_OTHER_PROVIDER"),
    (replace(ECR, login=replace(KEYS, region="us-east-1")), "domain", "DOMAIN_OF_OTHER_REGION"),
    (replace(ONE, repository_prefix="/a"), "repository_prefix", "PREFIX_HAS_SLASHES"),
    (replace(ONE, repository_prefix="a/"), "repository_prefix", "PREFIX_HAS_SLASHES"),
    (replace(ONE, repository_prefix="A"), "repository_prefix", "PREFIX_INVALID"),
    (replace(ONE, repository_prefix=LONG), "repository_prefix", "FIELD_TOO_LONG"),
    (replace(ONE, fallback_registry=ONE.name), "fallback_registry", "FALLBACK_IS_ITSELF"),
    (replace(ONE, fallback_registry="registries/no"), "fallback_registry", "REGISTRY_NOT_FOUND"),
    (replace(ONE, fallback_registry=LONG), "fallback_registry", "FIELD_TOO_LONG"),
    (replace(ONE, login=KEYS), "login", "LOGIN_OF_OTHER_PROVIDER"),
    (replace(ONE, login=PasswordLogin(username="")), "login.password.username", "FIELD_REQUIRED"),
    (replace(ONE, login=PasswordLogin(username=LONG)), "login", "FIELD_TOO_LONG"),
    (replace(ECR, login=replace(KEYS, region="eu")), "login.ecr.region", "REGION_INVALID"),
    (
        replace(ECR, login=replace(KEYS, access_key_id="")),
        "login.ecr.access_key_id",
        "FIELD_REQUIRED",
    ),
    (
        replace(ONE, provider=Provider.GCR, domain="gcr.io", login=GoogleLogin()),
        "login.google.keyfile_json",
        "KEY_FILE_INVALID",
    ),
    (
        replace(ONE, provider=Provider.ACR, domain="a.azurecr.io", login=AzureLogin()),
        "login.azure.client_id",
        "FIELD_REQUIRED",
    ),
    (replace(ONE, login=HelperLogin(suffix="../sh")), "login.helper.helper", "HELPER_INVALID"),
    (
        replace(ONE, login=EnvironmentLogin(username_variable="A B", password_variable="C")),
        "login.environment.username_variable",
        "VARIABLE_INVALID",
    ),
    (
        replace(ONE, login=EnvironmentLogin(username_variable="A", password_variable="FRESHET_A")),
        "login.environment.password_variable",
        "VARIABLE_OF_SERVICE",
    ),
    (
        replace(ONE, transport=Transport(ca_certificates_pem="none")),
        "transport.ca_certificates_pem",
        "CERTIFICATES_INVALID",
    ),
    (
        replace(ONE, transport=Transport(ca_certificates_pem=LONG)),
        "transport",
        "FIELD_TOO_LONG",
    ),
]
OVERRIDES = [
    (AwsOverride(), Provider.OTHER, "", "OVERRIDE_WITHOUT_ECR"),
    (AwsOverride(region="eu"), Provider.ECR, ".region", "REGION_INVALID"),
    (AwsOverride(role_arn="admin"), Provider.ECR, ".role_arn", "ROLE_INVALID"),
    (AwsOverride(session_name="a b"), Provider.ECR, ".session_name", "SESSION_NAME_INVALID"),
    (AwsOverride(duration_s=1), Provider.ECR, ".duration_seconds", "SESSION_DURATION_INVALID"),
]


@pytest.mark.parametrize(
    ("registry", "field", "reason"), CASES, ids=[f"{field}-{reason}" for _, field, reason in CASES]
)
def test_rule_has_its_reason(registry: Registry, field: str, reason: str) -> None:
    told = registry_faults(normalised(registry), Snapshot(), has_secret=True)

    assert (field, reason) in [(fault.field, fault.reason) for fault in told]
    assert all(len(fault.message) < 500 for fault in told)


@pytest.mark.parametrize(("override", "provider", "field", "reason"), OVERRIDES)
def test_rule_of_overrides_has_its_reason(
    override: AwsOverride, provider: Provider, field: str, reason: str
) -> None:
    told = list(override_faults(override, provider))

    assert [(fault.field, fault.reason) for fault in told] == [(field, reason)]


def test_rules_of_the_settings_have_their_reasons() -> None:
    state = Snapshot(registries={HUB.name: HUB})
    settings = Settings(default_registry="registries/no", cache_registry=HUB.name)

    told = [*settings_faults(settings, state), *role_faults(HUB, settings)]

    assert [(fault.field, fault.reason) for fault in told] == [
        ("default_registry", "REGISTRY_NOT_FOUND"),
        ("cache_registry", "CACHE_ON_DOCKER_HUB"),
        ("domain", "CACHE_ON_DOCKER_HUB"),
    ]


def test_no_reason_is_without_a_case() -> None:
    code = inspect.getsource(rules) + inspect.getsource(login_rules)
    in_code = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', code))

    of_tables = {case[-1] for case in (*CASES, *OVERRIDES)}
    assert in_code == of_tables | {"CACHE_ON_DOCKER_HUB", "PROVIDER_UNKNOWN"}
