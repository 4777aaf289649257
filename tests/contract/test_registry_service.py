"""What clients of the registry service may rely on."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.registry_pb2 import (
    AzureLogin,
    PasswordLogin,
    Registry,
    RegistryLogin,
    RegistrySettings,
)
from tests.contract.registry import PASSWORD, Harness, ghcr, hub, refused, serving

_Code = grpc.StatusCode


@pytest.fixture
async def harness(tmp_path: Path, store_url: str) -> AsyncIterator[Harness]:
    async with serving(tmp_path / "state", store_url) as harness:
        yield harness


async def update(harness: Harness, registry: Registry, *paths: str) -> Registry:
    request = messages.UpdateRegistryRequest(
        registry=registry, update_mask=FieldMask(paths=paths) if paths else None
    )
    return (await harness.stub.UpdateRegistry(request)).registry


async def delete(harness: Harness, registry_id: str, etag: str = "") -> None:
    name = f"registries/{registry_id}"
    await harness.stub.DeleteRegistry(messages.DeleteRegistryRequest(name=name, etag=etag))


async def update_settings(harness: Harness, **fields: str) -> RegistrySettings:
    wanted = RegistrySettings()
    for field, value in fields.items():
        setattr(wanted, field, value)
    request = messages.UpdateRegistrySettingsRequest(registry_settings=wanted)
    return (await harness.stub.UpdateRegistrySettings(request)).registry_settings


async def names(harness: Harness) -> list[str]:
    response = await harness.stub.ListRegistries(messages.ListRegistriesRequest())
    return [registry.name for registry in response.registries]


async def test_registry_is_created_and_read_without_its_secret(harness: Harness) -> None:
    created = await harness.create("mine", ghcr(repository_prefix="acme"))

    assert await harness.get("mine") == created
    assert created.name == "registries/mine"
    assert created.domain == "ghcr.io"
    assert created.kind == Registry.KIND_STANDARD
    assert created.primary
    assert created.etag
    assert created.create_time == created.update_time
    assert created.login.secret_set
    assert created.login.password == PasswordLogin(username="ann")


async def test_first_registry_becomes_the_default(harness: Harness) -> None:
    await harness.create("one", ghcr())
    await harness.create("two", hub())

    assert (await harness.settings()).default_registry == "registries/one"


async def test_taken_name_is_refused(harness: Harness) -> None:
    await harness.create("mine", ghcr())

    failure = await refused(harness.create("mine", hub()))

    assert (failure.code, failure.reason) == (_Code.ALREADY_EXISTS, "REGISTRY_EXISTS")
    assert failure.metadata == {"registry": "mine"}


async def test_repeated_request_returns_the_first_result(harness: Harness) -> None:
    request_id = str(uuid.uuid4())

    first = await harness.create("mine", ghcr(), request_id)

    assert await harness.create("mine", ghcr(), request_id) == first
    assert await names(harness) == ["registries/mine"]


async def test_concurrent_creations_of_one_name_make_one_registry(harness: Harness) -> None:
    results = await asyncio.gather(
        *(harness.create("mine", ghcr()) for _ in range(8)), return_exceptions=True
    )

    assert sum(isinstance(result, Registry) for result in results) == 1
    assert await names(harness) == ["registries/mine"]


async def test_every_faulty_field_is_told(harness: Harness) -> None:
    faulty = ghcr(domain="ghcr.io/acme", repository_prefix="/", fallback_registry="registries/no")

    failure = await refused(harness.create("a b", faulty, "once"))

    assert failure.code == _Code.INVALID_ARGUMENT
    assert {field for field, _ in failure.violations} == {
        "registry_id",
        "request_id",
        "registry.domain",
        "registry.repository_prefix",
        "registry.fallback_registry",
    }


async def test_checked_request_creates_nothing(harness: Harness) -> None:
    request = messages.CreateRegistryRequest(
        registry_id="mine", registry=ghcr(), validate_only=True
    )

    response = await harness.stub.CreateRegistry(request)

    assert response.registry.domain == "ghcr.io"
    assert await names(harness) == []


async def test_unknown_registry_is_not_found(harness: Harness) -> None:
    for call in (harness.get("none"), delete(harness, "none"), harness.credentials("none")):
        failure = await refused(call)

        assert (failure.code, failure.reason) == (_Code.NOT_FOUND, "REGISTRY_NOT_FOUND")


async def test_name_of_another_form_is_refused(harness: Harness) -> None:
    request = messages.GetRegistryRequest(name="mine")

    failure = await refused(harness.stub.GetRegistry(request))

    assert failure.reason == "INVALID_RESOURCE_NAME"


async def test_registries_are_listed_by_name_in_pages(harness: Harness) -> None:
    for registry_id in ("c", "a", "b"):
        await harness.create(registry_id, ghcr())

    first = await harness.stub.ListRegistries(messages.ListRegistriesRequest(page_size=2))
    rest = await harness.stub.ListRegistries(
        messages.ListRegistriesRequest(page_size=2, page_token=first.next_page_token)
    )

    assert [r.name for r in first.registries] == ["registries/a", "registries/b"]
    assert [r.name for r in rest.registries] == ["registries/c"]
    assert rest.next_page_token == ""


async def test_several_registries_are_read_in_the_order_asked_for(harness: Harness) -> None:
    for registry_id in ("a", "b"):
        await harness.create(registry_id, ghcr())

    wanted = ["registries/b", "registries/a"]
    response = await harness.stub.BatchGetRegistries(
        messages.BatchGetRegistriesRequest(names=wanted)
    )

    assert [registry.name for registry in response.registries] == wanted


async def test_update_changes_the_fields_of_the_mask_alone(harness: Harness) -> None:
    before = await harness.create("mine", ghcr(repository_prefix="acme"))
    wanted = Registry(name=before.name, behind_firewall=True)

    after = await update(harness, wanted, "behind_firewall")

    assert after.behind_firewall
    assert after.repository_prefix == "acme"
    assert after.etag != before.etag
    assert await harness.get("mine") == after


async def test_update_without_mask_changes_what_is_not_empty(harness: Harness) -> None:
    await harness.create("mine", ghcr(repository_prefix="acme", behind_firewall=True))

    after = await update(harness, Registry(name="registries/mine", repository_prefix="shop"))

    assert (after.repository_prefix, after.behind_firewall) == ("shop", True)


async def test_registry_that_was_read_can_be_written_back(harness: Harness) -> None:
    before = await harness.create("mine", ghcr(repository_prefix="acme"))
    wanted = Registry()
    wanted.CopyFrom(before)
    wanted.ClearField("repository_prefix")

    after = await update(harness, wanted, "*")

    assert after.repository_prefix == ""
    assert await harness.credentials("mine") == ("ghcr.io", "ann", PASSWORD)


async def test_other_way_to_log_in_forgets_the_secret(harness: Harness) -> None:
    azure = Registry(
        provider=Registry.PROVIDER_ACR,
        domain="acme.azurecr.io",
        login=RegistryLogin(azure=AzureLogin(client_id="id", client_secret=PASSWORD)),
    )
    await harness.create("mine", azure)
    login = RegistryLogin(password=PasswordLogin(username="ann"))

    failure = await refused(update(harness, Registry(name="registries/mine", login=login), "login"))

    assert [field for field, _ in failure.violations] == ["registry.login.password.password"]


async def test_unknown_path_and_other_provider_are_refused(harness: Harness) -> None:
    await harness.create("mine", ghcr())
    wanted = Registry(name="registries/mine", provider=Registry.PROVIDER_QUAY)

    failure = await refused(update(harness, wanted, "provider", "colour"))

    assert [field for field, _ in failure.violations] == ["update_mask", "registry.provider"]


async def test_old_etag_is_refused(harness: Harness) -> None:
    first = await harness.create("mine", ghcr())
    await update(harness, Registry(name=first.name, repository_prefix="acme"))
    late = Registry(name=first.name, repository_prefix="shop", etag=first.etag)

    for call in (update(harness, late), delete(harness, "mine", first.etag)):
        failure = await refused(call)

        assert (failure.code, failure.reason) == (_Code.ABORTED, "ETAG_MISMATCH")
    assert (await harness.get("mine")).repository_prefix == "acme"


async def test_one_registry_of_a_domain_is_primary(harness: Harness) -> None:
    await harness.create("one", ghcr())
    second = await harness.create("two", ghcr())
    assert not second.primary

    await update(harness, Registry(name="registries/two", primary=True))

    assert (await harness.get("two")).primary
    assert not (await harness.get("one")).primary


async def test_delete_clears_what_pointed_at_the_registry(harness: Harness) -> None:
    await harness.create("one", ghcr())
    await harness.create("two", ghcr(fallback_registry="registries/one"))
    await update_settings(harness, cache_registry="registries/one")

    await delete(harness, "one")

    present = await harness.settings()
    assert (present.default_registry, present.cache_registry) == ("", "")
    left = await harness.get("two")
    assert left.fallback_registry == ""
    assert left.primary


async def test_settings_are_changed(harness: Harness) -> None:
    await harness.create("one", ghcr())
    await harness.create("two", ghcr())
    before = await harness.settings()

    after = await update_settings(
        harness, default_registry="registries/two", cache_registry="registries/one"
    )

    assert after == await harness.settings()
    assert after.default_registry == "registries/two"
    assert after.default_push == RegistrySettings.DEFAULT_PUSH_AUTO
    assert before.etag != after.etag
    failure = await refused(
        update_settings(harness, etag=before.etag, default_registry="registries/one")
    )
    assert failure.code == _Code.ABORTED


async def test_docker_hub_is_refused_as_caching_registry(harness: Harness) -> None:
    await harness.create("hub", hub())

    failure = await refused(update_settings(harness, cache_registry="registries/hub"))

    assert failure.code == _Code.INVALID_ARGUMENT
    assert failure.violations == (
        ("registry_settings.cache_registry", "Docker Hub cannot be the caching registry"),
    )
