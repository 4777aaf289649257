"""What a registry asks for: the challenges of `WWW-Authenticate` (RFC 9110, section 11). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.request import parse_http_list

_LONGEST_HEADER = 8 * 1024


@dataclass(slots=True, kw_only=True)
class Challenge:
    """One way to log in that a registry offers."""

    scheme: str
    """In lower case: `basic`, `bearer`."""
    parameters: dict[str, str] = field(default_factory=dict)
    """Names in lower case."""


def read_challenges(headers: Iterable[str]) -> list[Challenge]:
    """Return the challenges of all `WWW-Authenticate` headers of an answer, in order."""
    challenges: list[Challenge] = []
    for header in headers:
        for item in parse_http_list(header[:_LONGEST_HEADER]):
            name, equals, value = item.partition("=")
            scheme, space, parameter = name.strip().rpartition(" ")
            if not equals:  # a scheme alone, such as `Negotiate`
                scheme, space = item.strip(), " "
            if space:
                challenges.append(Challenge(scheme=scheme.strip().lower()))
            if equals and challenges:
                challenges[-1].parameters[parameter.lower()] = _unquoted(value.strip())
    return challenges


def of_scheme(scheme: str, challenges: Iterable[Challenge]) -> Mapping[str, str] | None:
    """Return the parameters of the first challenge of `scheme`; None when there is none."""
    return next((each.parameters for each in challenges if each.scheme == scheme), None)


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value
