"""The rules of the service in a process that lives for one answer."""

from __future__ import annotations

import subprocess
import sys

import pytest

from freshet.registry.v1.catalog_pb2 import Catalog, CatalogQuery, CatalogResolution
from freshet.registry.v1.registry_pb2 import EcrLogin, Registry, RegistryLogin, RegistrySettings
from freshet.registry.v1.repository_pb2 import RepositoryQuery
from registry_service.offline import answer

GHCR = Registry(name="registries/ghcr", provider=Registry.PROVIDER_GHCR, repository_prefix="acme")
HUB = Registry(name="registries/hub", provider=Registry.PROVIDER_DOCKER_HUB)
AWS = Registry(
    name="registries/aws",
    provider=Registry.PROVIDER_ECR,
    login=RegistryLogin(ecr=EcrLogin(region="eu-west-1")),
)
PUSH = RepositoryQuery(registry_id="ghcr", image_name="app", purpose=RepositoryQuery.PURPOSE_PUSH)


def run(sent: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-P", "-m", "registry_service.offline"]
    return subprocess.run(command, input=sent, capture_output=True, timeout=60)


def test_process_answers_and_ends() -> None:
    query = CatalogQuery(catalog=Catalog(registries=[GHCR, HUB, AWS]), queries=[PUSH])

    ended = run(query.SerializeToString())

    assert (ended.returncode, ended.stderr) == (0, b"")
    resolution = CatalogResolution.FromString(ended.stdout)
    assert not resolution.faults
    assert resolution.resolutions[0].repository.repository == "ghcr.io/acme/app"


def test_process_refuses_what_is_no_query() -> None:
    ended = run(b"\xff\xff")

    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(b"registry_service.offline: ")
    assert b"Traceback" not in ended.stderr


def test_process_imports_neither_grpc_nor_sql() -> None:
    program = (
        "import registry_service.offline, sys\n"
        "print(*sorted({'grpc', 'sqlalchemy', 'cryptography', 'ssl', 'asyncio'} & {*sys.modules}))"
    )

    ended = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, timeout=60)

    assert (ended.stdout, ended.stderr) == (b"\n", b"")


@pytest.mark.parametrize(
    ("registry", "settings", "place"),
    [
        (
            Registry(name="registries/x", provider=Registry.PROVIDER_OTHER),
            RegistrySettings(),
            ("registries/x", "domain"),
        ),
        (
            Registry(
                name="registries/x",
                provider=Registry.PROVIDER_GHCR,
                fallback_registry="registries/no",
            ),
            RegistrySettings(),
            ("registries/x", "fallback_registry"),
        ),
        (HUB, RegistrySettings(cache_registry="registries/hub"), ("", "cache_registry")),
        (HUB, RegistrySettings(default_registry="registries/no"), ("", "default_registry")),
    ],
)
def test_catalog_that_breaks_a_rule_is_told_where(
    registry: Registry, settings: RegistrySettings, place: tuple[str, str]
) -> None:
    catalog = Catalog(registries=[registry], registry_settings=settings)

    resolution = answer(CatalogQuery(catalog=catalog, queries=[PUSH]))

    assert [(fault.registry, fault.field) for fault in resolution.faults] == [place]
    assert not resolution.resolutions


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (CatalogQuery(queries=[RepositoryQuery(registry_id="x")]), "which kind of step asks"),
        (CatalogQuery(catalog=Catalog(registries=[Registry(name="registries/x")])), "provider"),
    ],
)
def test_question_of_another_version_is_refused(query: CatalogQuery, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        answer(query)
