"""Where a registry's API is, and what is near."""

from __future__ import annotations

import pytest

from freshet.distribution.urls import is_link_local, is_loopback
from registry_service.credentials import Credentials
from registry_service.probing import Target


@pytest.mark.parametrize(
    ("domain", "host"), [("docker.io", "registry-1.docker.io"), ("ghcr.io:1", "ghcr.io:1")]
)
def test_docker_hub_has_another_host_for_its_api(domain: str, host: str) -> None:
    assert Target(credentials=Credentials(domain=domain)).api_host == host


@pytest.mark.parametrize(
    ("host", "loopback", "link_local"),
    [
        ("127.0.0.1", True, False),
        ("127.9.9.9:5000", True, False),
        ("[::1]:5000", True, False),
        ("localhost:5000", True, False),
        ("registry.localhost", True, False),
        ("10.0.0.1", False, False),
        ("ghcr.io", False, False),
        ("localhost.test", False, False),
        ("169.254.169.254:80", False, True),
        ("[fe80::1]", False, True),
    ],
)
def test_addresses_are_told_apart(host: str, loopback: bool, link_local: bool) -> None:
    assert (is_loopback(host), is_link_local(host)) == (loopback, link_local)


def test_repr_shows_no_secret() -> None:
    target = Target(
        credentials=Credentials(domain="a.test", username="ann", password="secret-password"),
        client_key="secret-key",
    )

    assert "secret" not in repr(target)
    assert target.secrets == ("secret-password", "secret-key")
