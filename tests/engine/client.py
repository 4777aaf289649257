"""A small client of the registry HTTP API, for seeding registries and for looking into them."""

import base64
import http.client
import json
import re
import socket
import ssl
from collections.abc import Callable
from email.message import Message
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from tests.engine.registries import Account, Registry

Dial = Callable[[str, int], socket.socket]
"""Opens a connection to a host and port."""

TIMEOUT_S = 30.0

MANIFEST_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


class Answer(NamedTuple):
    """What a registry answered; the names of `headers` match in any case."""

    status: int
    headers: Message
    body: bytes


class RegistryClient:
    """Speaks to one registry as one account, or as nobody."""

    def __init__(self, registry: Registry, account: Account | None, dial: Dial) -> None:
        self._registry = registry
        self._account = account
        self._dial = dial
        self._tokens: dict[str, str] = {}

    def request(
        self,
        method: str,
        path: str,
        *,
        accept: tuple[str, ...] = MANIFEST_TYPES,
        content_type: str = "application/octet-stream",
        body: bytes = b"",
    ) -> Answer:
        """Send one request; a bearer token is fetched when the registry asks for one.

        `path` begins with `/v2/`, or is the whole URL of a `Location` header.
        """
        parts = urlsplit(path)
        url = self._registry.url + parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Accept": ", ".join(accept)}
        if body:
            headers["Content-Type"] = content_type
        answer = self._send(method, url, headers | self._basic(), body)
        challenge = answer.headers.get("WWW-Authenticate", "")
        if answer.status == 401 and challenge.startswith("Bearer "):
            bearer = {"Authorization": f"Bearer {self._token(challenge)}"}
            return self._send(method, url, headers | bearer, body)
        return answer

    def _token(self, challenge: str) -> str:
        if challenge not in self._tokens:
            wanted = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
            query = {name: wanted[name] for name in ("service", "scope") if name in wanted}
            url = f"{wanted['realm']}?{urlencode(query)}"
            basic = self._credentials() if self._account else {}
            answer = self._send("GET", url, basic, b"")
            # A refused log-in has no token: the registry then refuses the empty one.
            self._tokens[challenge] = json.loads(answer.body).get("token", "")
        return self._tokens[challenge]

    def _basic(self) -> dict[str, str]:
        basic = self._account and self._registry.authentication == "basic"
        return self._credentials() if basic else {}

    def _credentials(self) -> dict[str, str]:
        assert self._account is not None
        pair = f"{self._account.username}:{self._account.password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    def _send(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        stream = self._dial(host, port)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if parts.scheme == "https":
            trust = ssl.create_default_context(cadata=self._registry.ca_certificate_pem)
            stream = trust.wrap_socket(stream, server_hostname=host)
        connection = http.client.HTTPConnection(host, port)
        connection.sock = stream
        try:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body or None, headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()
            stream.close()
