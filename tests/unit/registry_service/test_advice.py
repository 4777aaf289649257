"""What users are warned of when they store a registry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registry_service.advice import advice
from registry_service.registries import Provider, Registry
from registry_service.snapshot import Snapshot

ONE = Registry(name="registries/one", provider=Provider.OTHER, domain="one.test:5000", primary=True)
GAR = replace(ONE, provider=Provider.GAR, domain="asia-docker.pkg.dev")
HUB = replace(ONE, provider=Provider.DOCKER_HUB, domain="docker.io")
OTHER = replace(ONE, domain="other.test")
TWIN = replace(ONE, name="registries/twin", primary=False)


@pytest.mark.parametrize(
    ("registry", "given", "reasons"),
    [
        (ONE, "one.test:5000", []),
        (ONE, "", []),
        (ONE, "https://One.test:5000/", ["DOMAIN_NORMALISED"]),
        (GAR, "asia", []),
        (GAR, "https://asia-docker.pkg.dev", ["DOMAIN_NORMALISED"]),
        (HUB, "https://index.docker.io/v1/", []),
        (replace(OTHER, name="registries/one.test"), "", ["NAME_LIKE_HOST"]),
        (replace(OTHER, name="registries/localhost"), "", ["NAME_LIKE_HOST"]),
        (replace(OTHER, name="registries/v1_2-x"), "", []),
        (TWIN, "", ["NOT_PRIMARY"]),
    ],
)
def test_what_may_not_be_meant_is_told(registry: Registry, given: str, reasons: list[str]) -> None:
    state = Snapshot(registries={ONE.name: ONE, registry.name: registry})

    told = list(advice(registry, given, state))

    assert [notice.reason for notice in told] == reasons
    assert all(notice.help for notice in told)
