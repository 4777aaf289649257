"""Bearer tokens for registries: who may do what, and the server that hands tokens out.

Speaks both forms of the Docker token protocol: GET with basic authentication, and the OAuth 2
form (POST with a password or a refresh token).
"""

import base64
import json
import secrets
import ssl
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.engine.registries import TOKENS, Account, Registry

_LIFE_S = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Decides about access to one registry and signs what it grants."""

    registry: Registry
    accounts: tuple[Account, ...]
    certificates: Path
    """Folder of the signing key."""
    refresh_tokens: dict[str, str] = field(default_factory=dict)
    """Refresh token to username."""

    def log_in(self, username: str, password: str) -> Account | None:
        """Return the account, or none if name or password is wrong."""
        for account in self.accounts:
            if account.username == username:
                same = secrets.compare_digest(account.password.encode(), password.encode())
                return account if same else None
        return None

    def refresh(self, refresh_token: str) -> Account | None:
        """Return the account that was given `refresh_token`."""
        username = self.refresh_tokens.get(refresh_token)
        return next((a for a in self.accounts if a.username == username), None)

    def granted(self, account: Account | None, scope: str) -> dict[str, object]:
        """Return what of `scope` ("repository:NAME:pull,push") the account may do."""
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        own = account is not None and name.startswith(account.may_push or ("\0",))
        may = {"pull", "push", "delete", "*"} if own else set()
        if name.startswith(self.registry.public or ("\0",)):
            may |= {"pull"}
        return {
            "type": kind,
            "name": name,
            "actions": [action for action in actions.split(",") if action in may],
        }

    def token(self, account: Account | None, scopes: list[str]) -> dict[str, object]:
        """Return the token server's answer for `account`."""
        now = int(time.time())
        claims = {
            "iss": TOKENS,
            "sub": account.username if account else "",
            "aud": self.registry.service,
            "exp": now + _LIFE_S,
            "nbf": now - 10,
            "iat": now,
            "jti": secrets.token_hex(8),
            "access": [self.granted(account, scope) for scope in scopes],
        }
        key = (self.certificates / f"{TOKENS}.key").read_bytes()
        certificate = (self.certificates / f"{TOKENS}.crt").read_bytes()
        der = x509.load_pem_x509_certificate(certificate).public_bytes(serialization.Encoding.DER)
        header = {"x5c": [base64.b64encode(der).decode()]}
        token = jwt.encode(claims, key, "ES256", headers=header)
        return {"token": token, "access_token": token, "expires_in": _LIFE_S}

    def remember(self, account: Account) -> str:
        """Return a new refresh token for `account`."""
        refresh_token = secrets.token_urlsafe(24)
        self.refresh_tokens[refresh_token] = account.username
        return refresh_token


def token_server(issuer: Issuer, address: str) -> ThreadingHTTPServer:
    """Listen on `address` and the port of the registry's realm; TLS where the realm says so."""
    realm = urlsplit(issuer.registry.realm or "")
    port = realm.port or (443 if realm.scheme == "https" else 80)
    server = _Server((address, port), _Handler)
    server.issuer = issuer
    if realm.scheme == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        name = issuer.registry.name
        folder = issuer.certificates
        context.load_cert_chain(folder / f"{name}.crt", folder / f"{name}.key")
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    return server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    issuer: Issuer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """Answer `?service=&scope=`, with or without basic authentication."""
        query = parse_qs(urlsplit(self.path).query)
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        account = None
        if kind == "Basic":
            username, _, password = base64.b64decode(value).decode().partition(":")
            account = self.server.issuer.log_in(username, password)
            if account is None:
                return self._refuse()
        offline = query.get("offline_token") == ["true"]
        return self._grant(account, query.get("scope", []), offline=offline)

    def do_POST(self) -> None:
        """Answer the OAuth 2 form."""
        length = int(self.headers.get("Content-Length", "0"))
        form = parse_qs(self.rfile.read(length).decode())
        first = {name: values[0] for name, values in form.items()}
        issuer = self.server.issuer
        if first.get("grant_type") == "refresh_token":
            account = issuer.refresh(first.get("refresh_token", ""))
        else:
            account = issuer.log_in(first.get("username", ""), first.get("password", ""))
        if account is None:
            return self._refuse()
        offline = first.get("access_type") == "offline"
        return self._grant(account, form.get("scope", []), offline=offline)

    def _grant(self, account: Account | None, scopes: list[str], *, offline: bool) -> None:
        issuer = self.server.issuer
        answer = issuer.token(account, [one for scope in scopes for one in scope.split()])
        if account and offline:
            answer["refresh_token"] = issuer.remember(account)
        self._answer(200, answer)

    def _refuse(self) -> None:
        self._answer(401, {"details": "incorrect username or password"})

    def _answer(self, status: int, content: dict[str, object]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="freshet test tokens"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the registries' own logs suffice."""
