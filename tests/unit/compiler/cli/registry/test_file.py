"""What a file says of registries, and what is printed of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.cli.registry.facts import facts_of, print_facts, print_table
from compiler.cli.registry.fields import file_entry
from compiler.cli.registry.file import read_registries
from compiler.cli.registry.secret import SecretSource
from compiler.diagnostics import Findings
from compiler.source import Source
from compiler.syntax.yaml_writer import write_yaml
from freshet.registry.v1.registry_pb2 import (
    AzureLogin,
    EcrLogin,
    EnvironmentLogin,
    GoogleLogin,
    HelperLogin,
    PasswordLogin,
    Registry,
    RegistryLogin,
    RegistrySettings,
    RegistryTransport,
)

PEM = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
LOGINS = [
    RegistryLogin(password=PasswordLogin(username="ünï: #1"), secret_set=True),
    RegistryLogin(ecr=EcrLogin(region="eu-west-1", access_key_id="0123"), secret_set=True),
    RegistryLogin(ecr=EcrLogin(region="eu-west-1")),
    RegistryLogin(google=GoogleLogin(project_id="1e5"), secret_set=True),
    RegistryLogin(google=GoogleLogin()),
    RegistryLogin(azure=AzureLogin(client_id="0o17"), secret_set=True),
    RegistryLogin(azure=AzureLogin(client_id="null")),
    RegistryLogin(azure=AzureLogin()),
    RegistryLogin(helper=HelperLogin(helper="true")),
    RegistryLogin(
        environment=EnvironmentLogin(username_variable="A_USER", password_variable="A_PASS")
    ),
    RegistryLogin(),
]
PROVIDERS = {
    "ecr": Registry.PROVIDER_ECR,
    "google": Registry.PROVIDER_GAR,
    "azure": Registry.PROVIDER_ACR,
}


@pytest.mark.parametrize("login", LOGINS, ids=str)
def test_what_is_exported_of_a_registry_says_the_same_when_it_is_read(login: RegistryLogin) -> None:
    registry = Registry(
        name="registries/1.10",
        provider=PROVIDERS.get(login.WhichOneof("method") or "", Registry.PROVIDER_OTHER),
        domain="one.test:5000",
        repository_prefix="a/b",
        fallback_registry="registries/no",
        primary=True,
        transport=RegistryTransport(ca_certificates_pem=PEM, client_certificate_pem=PEM),
        login=login,
    )
    entry = file_entry(facts_of(registry, RegistrySettings()), shares_domain=True)
    findings = Findings()
    text = write_yaml({"registries": [entry]})

    read = read_registries(Source("x.yml", text, text.encode()), Path(), findings)

    assert not findings.in_order()
    [wanted] = read.registries
    assert wanted.name == "1.10"
    registry.login.ClearField("secret_set")
    wanted.registry.name = registry.name
    settings = RegistrySettings()
    assert facts_of(wanted.registry, settings) == facts_of(registry, settings)


def test_places_of_secrets_begin_at_the_folder_of_the_file() -> None:
    text = "registries: [{name: a, username: me, password: {file: b}, client_key: {file: /c}}]"
    findings = Findings()

    read = read_registries(Source("x.yml", text, b""), Path("folder"), findings)

    [wanted] = read.registries
    assert wanted.secret == SecretSource(kind="file", where="folder/b")
    assert wanted.client_key == SecretSource(kind="file", where="/c")


def test_wide_characters_keep_columns_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([("NAME", "X"), ("倉庫", "y"), ("e\u0301", "z"), ("a\nb", "w")])

    lines = capsys.readouterr().out.splitlines()
    assert lines == ["NAME  X", "倉庫  y", "e\u0301     z", "a\\nb  w"]


def test_certificates_are_told_by_their_number_and_sum(capsys: pytest.CaptureFixture[str]) -> None:
    print_facts({"ca": PEM * 2, "prefix": ""})

    assert capsys.readouterr().out.startswith("ca  PEM of 2 (SHA-256 ")
