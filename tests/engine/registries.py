"""The registries of an environment: where they listen and who may do what."""

import secrets
from dataclasses import dataclass, field
from typing import Literal

Authentication = Literal["none", "basic", "token"]

OPEN, FAULT, BASIC, TLS, TOKEN, HUB = "open", "fault", "basic", "tls", "token", "hub"
MUTUAL_TLS = "mutual-tls"
TOKENS = "tokens"
"""Name of the key pair that signs bearer tokens, and of their issuer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who may log in to a registry."""

    username: str
    password: str = field(repr=False)
    may_push: tuple[str, ...] = ()
    """Beginnings of repository names; only token registries tell repositories apart."""

    @classmethod
    def new(cls, username: str, *may_push: str) -> "Account":
        """Make an account whose password can be looked for in any output."""
        password = f"freshet-password-of-{username}-{secrets.token_hex(8)}"
        return cls(username=username, password=password, may_push=may_push)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """One registry, as its clients see it."""

    name: str
    domain: str
    """What image references begin with, such as `127.0.0.1:5001`; `docker.io` for the hub."""
    host: str
    port: int
    authentication: Authentication = "none"
    accounts: tuple[Account, ...] = ()
    public: tuple[str, ...] = ()
    """Beginnings of repository names that anybody may pull from a token registry."""
    realm: str | None = None
    """Where a token registry's tokens come from."""
    service: str = ""
    ca_certificate_pem: str | None = None
    client_certificate_pem: str | None = None
    """What clients must show; none where they show nothing."""
    client_key_pem: str | None = field(default=None, repr=False)

    @property
    def insecure(self) -> bool:
        """Whether it speaks plain HTTP."""
        return self.ca_certificate_pem is None

    @property
    def url(self) -> str:
        """Root of the registry's HTTP API, without a slash at the end."""
        return f"{'http' if self.insecure else 'https'}://{self.host}:{self.port}"

    @property
    def username(self) -> str:
        """Name of the first account; empty where nobody logs in."""
        return self.accounts[0].username if self.accounts else ""

    @property
    def password(self) -> str:
        """Password of the first account; empty where nobody logs in."""
        return self.accounts[0].password if self.accounts else ""

    def account(self, username: str) -> Account:
        """Return the account of `username`.

        Raises:
            KeyError: the registry does not know that name.
        """
        for account in self.accounts:
            if account.username == username:
                return account
        raise KeyError(username)
