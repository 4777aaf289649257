"""Every error of docker-py, and of what it stands on, has a name of our own."""

import errno
import inspect
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import docker.errors
import pytest
import requests
import urllib3

from runner_service.daemon import DaemonError, DaemonRefused, DaemonUnavailable, ImageNotFound
from runner_service.daemon.address import Address
from runner_service.daemon.docker_client import FOREIGN, DockerClient, translate

_ADDRESS = Address(docker_host="unix:///s", socket="/s")


_NEVER = {urllib3.exceptions.ProxySchemeUnsupported}
"""We use no proxies."""


def _classes(module: ModuleType) -> list[type[Exception]]:
    return [
        thing
        for _, thing in inspect.getmembers(module, inspect.isclass)
        if issubclass(thing, Exception)
        and not issubclass(thing, Warning)
        and thing.__module__ == module.__name__
        and thing not in _NEVER
    ]


def _translated(error: Exception, reference: str = "app:1") -> DaemonError:
    return translate(error, _ADDRESS, "tag", reference)


def _answered(status: int, words: str) -> docker.errors.APIError:
    response = requests.Response()
    response.status_code = status
    kind = docker.errors.NotFound if status == 404 else docker.errors.APIError
    return kind("no", response=response, explanation=words)


@pytest.mark.parametrize(
    "kind",
    [
        *_classes(docker.errors),
        *_classes(requests.exceptions),
        *_classes(urllib3.exceptions),
        OSError,
    ],
)
def test_no_foreign_error_is_left(kind: type[Exception]) -> None:
    error = kind.__new__(kind)  # some want arguments that say nothing here

    assert isinstance(error, FOREIGN)


@pytest.mark.parametrize(
    "error",
    [
        docker.errors.DockerException("x"),
        docker.errors.InvalidVersion("x"),
        docker.errors.InvalidArgument("x"),
        docker.errors.NullResource("x"),
        docker.errors.StreamParseError("x"),
        _answered(400, "invalid reference format"),
        _answered(500, "boom"),
    ],
)
def test_refusals_keep_the_words(error: Exception) -> None:
    failure = _translated(error)

    assert isinstance(failure, DaemonRefused)
    assert failure.operation == "tag"


def test_refusal_knows_status_and_words() -> None:
    failure = _translated(_answered(500, "boom"))

    assert isinstance(failure, DaemonRefused)
    assert (failure.status, failure.words) == (500, "boom")


def test_missing_image_is_named() -> None:
    failure = _translated(_answered(404, "No such image: app:1"))

    assert isinstance(failure, ImageNotFound)
    assert failure.reference == "app:1"


def test_missing_page_is_a_refusal() -> None:
    assert isinstance(_translated(_answered(404, "page not found"), ""), DaemonRefused)


@pytest.mark.parametrize(
    "error",
    [
        requests.exceptions.ConnectionError("x"),
        requests.exceptions.ReadTimeout("x"),
        urllib3.exceptions.ProtocolError("x"),
        docker.errors.TLSParameterError("x"),
        ConnectionRefusedError(errno.ECONNREFUSED, "x"),
    ],
)
def test_lost_connections_are_unavailable(error: Exception) -> None:
    assert isinstance(_translated(error), DaemonUnavailable)


def test_connection_lost_while_asking_for_the_version_is_unavailable() -> None:
    error = docker.errors.DockerException("Error while fetching server API version")
    error.__cause__ = requests.exceptions.ConnectionError("x")

    assert isinstance(_translated(error), DaemonUnavailable)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


async def test_missing_socket_is_unavailable(threads: ThreadPoolExecutor, tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    client = DockerClient(Address(docker_host=f"unix://{path}", socket=str(path)), threads)

    with pytest.raises(DaemonUnavailable, match="no such socket"):
        await client.version()
