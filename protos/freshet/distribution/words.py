"""The words of a registry, fit for people: found in its answer, without secrets, short. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

_LONGEST = 300
_SHORTEST_LINE = 12
"""A line of a secret that is shorter is no secret by itself: `}` is a line of a key file."""
_TELLING = ("message", "details", "error_description", "error", "code")
"""Members of a registry's or token endpoint's answer that say what is wrong, best first."""
_HIDDEN = "***"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case; several of one name are joined by commas."""
    challenges: tuple[str, ...] = ()
    """The `WWW-Authenticate` headers."""
    body: bytes = b""
    """At most as much as the limits allow; empty when it was compressed."""
    url: str = ""
    """Where it came from, after redirects."""
    foreign: bool = False
    """Whether that is another host than the registry's."""
    of_tokens: bool = False
    """Whether a token was asked for."""

    def json(self) -> Mapping[str, object]:
        """Return the object that the body is; empty when it is none."""
        try:
            value: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def error_codes(self) -> tuple[str, ...]:
        """The codes of the distribution protocol, for example `NAME_UNKNOWN`."""
        codes = (each.get("code") for each in _errors(self.json()))
        return tuple(code for code in codes if isinstance(code, str))


class Redactor:
    """Takes secrets out of texts."""

    def __init__(self, username: str, secrets: Iterable[str]) -> None:
        """Hide `secrets`, and what is made of them together with `username`."""
        self._secrets: set[str] = set()
        for secret in secrets:
            self.add(secret)
            if secret:
                pair = f"{username}:{secret}".encode()
                self.add(base64.b64encode(pair).decode())

    def add(self, secret: str) -> None:
        """Hide one more secret: as it is, quoted for URLs and JSON, and line by line."""
        if not secret:
            return
        lines = (line.strip() for line in secret.splitlines())
        self._secrets |= {secret, quote(secret, safe=""), json.dumps(secret)[1:-1]}
        self._secrets |= {line for line in lines if len(line) >= _SHORTEST_LINE}

    def __call__(self, text: str) -> str:
        """Return `text` without secrets."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, _HIDDEN)
        return text


def words_of(answer: Answer, redact: Redactor) -> str:
    """Return `HTTP <status>` and what the server says about it.

    Of other hosts, only what stands where an error stands is quoted: a registry may send us to a
    server whose answers are none of the caller's business.
    """
    # First redacted, then shortened: the beginning of a password is too much already.
    told = in_one_line(redact(_told(answer)), _LONGEST)
    return f"HTTP {answer.status}: {told}" if told else f"HTTP {answer.status}"


def in_one_line(text: str, length: int) -> str:
    """Return `text` as people can read it in a line, at most `length` characters of it."""
    printable = "".join(each if each.isprintable() else " " for each in text)
    line = " ".join(printable.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def _told(answer: Answer) -> str:
    body = answer.json()
    for each in (*_errors(body), body):
        for member in _TELLING:
            value = each.get(member)
            if isinstance(value, str) and value.strip():
                return value
    plain = answer.headers.get("content-type", "text/plain").startswith("text/plain")
    if answer.foreign or not plain or body:
        return ""
    return answer.body.decode("utf-8", "replace")


def _errors(body: Mapping[str, object]) -> list[Mapping[str, object]]:
    errors = body.get("errors")
    return [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
