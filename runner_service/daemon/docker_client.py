"""The short questions to a daemon, by docker-py: the only place that knows docker-py.

docker-py blocks, and one client must not be used by two threads: each thread of the pool has its
own. Nothing here logs in anywhere, so the logins of the user who runs this are never used.
"""

import asyncio
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import docker
import docker.errors
import requests
import urllib3
from docker.constants import MINIMUM_DOCKER_API_VERSION
from docker.tls import TLSConfig

from runner_service.daemon.address import Address, causes
from runner_service.daemon.errors import DaemonError, DaemonRefused, ImageNotFound

_T = TypeVar("_T")
_TIMEOUT_S = 60

Record = dict[str, Any]
"""A JSON object of the Engine API."""


class DockerClient:
    """Asks one daemon; raises `DaemonUnavailable` and `DaemonRefused`."""

    def __init__(self, address: Address, threads: ThreadPoolExecutor) -> None:
        self._address = address
        self._threads = threads
        self._of_thread = threading.local()
        self._clients: list[docker.APIClient] = []
        self._api_version: str | None = None
        """The daemon's; known from the first client on."""

    async def version(self) -> Record:
        """Return the daemon's versions."""
        return await self._ask("say its version", lambda client: client.version())

    async def info(self) -> Record:
        """Return how the daemon is set up."""
        return await self._ask("describe itself", lambda client: client.info())

    async def image(self, reference: str) -> Record | None:
        """Return what the daemon knows of an image; None if it does not have it."""
        with suppress(ImageNotFound):
            return await self._ask("inspect", _inspection(reference), reference)
        return None

    async def distribution(self, reference: str, account: Record) -> Record:
        """Return what a registry has under `reference`, as the daemon finds it."""

        def inspect(client: docker.APIClient) -> Record:
            # Decorated without types. An empty account is nobody; None would be the user's own.
            record: Record = client.inspect_distribution(  # type: ignore[no-untyped-call]
                reference, auth_config=account
            )
            return record

        return await self._ask("ask the registry", inspect)

    async def tag(self, image_id: str, repository: str, tag: str | None) -> None:
        """Give an image one more name.

        Raises:
            ImageNotFound: the daemon does not have it.
        """
        await self._ask("tag", lambda client: client.tag(image_id, repository, tag), image_id)

    def close(self) -> None:
        """Close all connections; threads that still ask fail."""
        for client in self._clients:
            client.close()

    async def _ask(
        self, operation: str, question: Callable[[docker.APIClient], _T], reference: str = ""
    ) -> _T:
        def ask() -> _T:
            try:
                return question(self._client())
            except FOREIGN as error:
                raise translate(error, self._address, operation, reference) from error

        return await asyncio.get_running_loop().run_in_executor(self._threads, ask)

    def _client(self) -> docker.APIClient:
        client: docker.APIClient | None = getattr(self._of_thread, "client", None)
        if client is None:
            client = self._of_thread.client = self._new_client()
            self._clients.append(client)
        return client

    def _new_client(self) -> docker.APIClient:
        self._reach()
        if self._api_version is None:
            first = self._connected(MINIMUM_DOCKER_API_VERSION)
            self._api_version = first.version(api_version=False)["ApiVersion"]
            first.close()
        return self._connected(self._api_version)

    def _connected(self, api_version: str) -> docker.APIClient:
        client = docker.APIClient(
            base_url=self._address.docker_host,
            version=api_version,
            timeout=_TIMEOUT_S,
            tls=_tls(self._address) or False,
        )
        # Proxies, certificates and logins that the user's environment names are for other hosts.
        client.trust_env = False
        return client

    def _reach(self) -> None:
        """Fail as docker-py would fail, but with the system's own error and all sockets closed."""
        if self._address.socket is not None:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(self._address.socket)


def _inspection(reference: str) -> Callable[[docker.APIClient], Record]:
    def inspect(client: docker.APIClient) -> Record:
        record: Record = client.inspect_image(reference)  # type: ignore[no-untyped-call]  # decorated
        return record

    return inspect


FOREIGN = (
    docker.errors.DockerException,
    docker.errors.StreamParseError,
    requests.exceptions.RequestException,
    urllib3.exceptions.HTTPError,
    OSError,
)
"""All that docker-py and what it stands on raise."""

_CONNECTION = (
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
    urllib3.exceptions.HTTPError,
)


def translate(error: Exception, address: Address, operation: str, reference: str) -> DaemonError:
    """Return our own error for one of `FOREIGN`; the most specific class decides."""
    match error:
        case docker.errors.NotFound() if reference:
            return ImageNotFound(reference)
        case docker.errors.APIError():
            words = error.explanation or str(error)
            return DaemonRefused(operation, error.status_code, words)
        case docker.errors.TLSParameterError():
            return address.unavailable(error)
        case docker.errors.DockerException() | docker.errors.StreamParseError():
            # docker-py hides under its own class what befell it while it asked for the version.
            hidden = any(isinstance(cause, _CONNECTION) for cause in causes(error))
            return address.unavailable(error) if hidden else _refused(error, operation)
        case _:
            return address.unavailable(error)


def _refused(error: Exception, operation: str) -> DaemonRefused:
    return DaemonRefused(operation, None, str(error))


def _tls(address: Address) -> TLSConfig | None:
    folder = address.certificates
    if folder is None:
        return None
    return TLSConfig(
        client_cert=(str(folder / "cert.pem"), str(folder / "key.pem")),
        ca_cert=str(folder / "ca.pem"),
        verify=address.server_verified,
    )
