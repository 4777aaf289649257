"""Where a daemon is looked for, and what users are told when it is not there."""

import errno
import ssl
from pathlib import Path

import pytest

from runner_service.daemon import DaemonUnavailable
from runner_service.daemon.address import Address, resolve


def test_given_host_wins() -> None:
    address = resolve("unix:///run/mine.sock", {"DOCKER_HOST": "tcp://other:2375"})

    assert address.socket == "/run/mine.sock"
    assert address.url == "http://docker"


def test_environment_names_the_host() -> None:
    address = resolve(None, {"DOCKER_HOST": "tcp://build.example:2375"})

    assert address.socket is None
    assert address.url == "http://build.example:2375"
    assert address.tls() is None


def test_default_is_the_usual_socket() -> None:
    assert resolve(None, {}).socket == "/var/run/docker.sock"


@pytest.mark.parametrize("host", ["ssh://user@host", "npipe:////./pipe/docker", "unix://", "x"])
def test_other_ways_are_refused_with_advice(host: str) -> None:
    with pytest.raises(DaemonUnavailable, match="unix:///path") as failure:
        resolve(host, {})

    assert failure.value.docker_host == host


def test_tls_is_set_by_the_usual_variables() -> None:
    environment = {
        "DOCKER_HOST": "tcp://build.example:2376",
        "DOCKER_TLS_VERIFY": "1",
        "DOCKER_CERT_PATH": "/certs",
    }

    address = resolve(None, environment)

    assert address.url == "https://build.example:2376"
    assert address.certificates == Path("/certs")
    assert address.server_verified


def test_certificates_without_verification() -> None:
    environment = {"DOCKER_HOST": "tcp://b:2376", "DOCKER_CERT_PATH": "/certs"}

    address = resolve(None, environment)

    assert address.certificates == Path("/certs")
    assert not address.server_verified


def test_missing_certificates_are_named(tmp_path: Path) -> None:
    address = Address(docker_host="tcp://b:2376", certificates=tmp_path)

    with pytest.raises(DaemonUnavailable, match="DOCKER_CERT_PATH"):
        address.tls()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(errno.ENOENT, "x"), "no such socket; start Docker"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "nobody listens there; start Docker"),
        (PermissionError(errno.EACCES, "x"), "permission denied; let this user write"),
        (ssl.SSLError(1, "bad handshake"), "TLS"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "see whether Docker is still running"),
        (ValueError(), "ValueError; see whether Docker is still running"),
    ],
)
def test_cause_gives_the_advice(error: Exception, words: str) -> None:
    wrapper = RuntimeError("wrapped")
    wrapper.__cause__ = error
    shown = wrapper if isinstance(error, OSError) else error

    failure = Address(docker_host="unix:///s", socket="/s").unavailable(shown)

    assert words in str(failure)
    assert failure.docker_host == "unix:///s"
