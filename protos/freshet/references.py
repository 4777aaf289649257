"""Names of images, as people write them: `[domain/]path[:tag][@digest]`.

A command line waits for this module: patterns are compiled when they are used.
"""

import re
from typing import NamedTuple

DOCKER_HUB = "docker.io"
_DOCKER_HUB_ALIASES = {"index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"}
_OFFICIAL = "library"  # where Docker Hub keeps images that have no user before their name
MAX_NAME_LENGTH = 255

_SEGMENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_PATH = rf"{_SEGMENT}(?:/{_SEGMENT})*"
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{{1,5}}))?"
_LARGEST_PORT = 65535
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}"
_IMAGE_ID = r"[0-9a-f]{64}"


class InvalidReference(ValueError):
    """A text is not the name of an image; the message says what is wrong with it."""


class Reference(NamedTuple):
    """The name of an image with nothing left to guess; its text is the normalised form."""

    domain: str
    """Host and optional port, normalised: Docker Hub is `docker.io`."""
    path: str
    """With `library/` for the official images of Docker Hub."""
    tag: str = ""
    """Empty: none was written."""
    digest: str = ""
    """Empty: none was written."""

    @property
    def repository(self) -> str:
        """Domain and path, without tag and digest."""
        return f"{self.domain}/{self.path}"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}{tag}{digest}"


def parse_reference(text: str) -> Reference:
    """Return what `text` names, after the rules of `distribution/reference`.

    Raises:
        InvalidReference: a part of it has not the form it must have.
    """
    parts = split_reference(text)
    domain, path = parts.domain or DOCKER_HUB, parts.path
    _check_name(text, domain, path)
    _check_version(text, parts)
    if domain == DOCKER_HUB and "/" not in path:
        path = f"{_OFFICIAL}/{path}"
    if len(domain) + 1 + len(path) > MAX_NAME_LENGTH:
        raise InvalidReference(f'"{text}": the name is longer than {MAX_NAME_LENGTH} characters')
    return parts._replace(domain=domain, path=path)


def split_reference(text: str) -> Reference:
    """Return the parts of `text` as they are written, unchecked; a part is empty when not there.

    The domain alone is normalised.
    """
    rest, _, digest = text.partition("@")
    name, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:  # the colon was that of a port, or there was none
        name, tag = rest, ""
    first, slash, path = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return Reference(domain=normalise_domain(first), path=path, tag=tag, digest=digest)
    return Reference(domain="", path=name, tag=tag, digest=digest)


def normalise_domain(text: str) -> str:
    """Return a domain in lower case, without scheme and API path; `docker.io` for Docker Hub.

    Empty text means Docker Hub. A path other than `/v1/` and `/v2/` stays, for the caller to judge.
    """
    domain = text.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    domain = domain.removesuffix("/v1").removesuffix("/v2").rstrip("/")
    return DOCKER_HUB if not text.strip() or domain in _DOCKER_HUB_ALIASES else domain


def is_domain(text: str) -> bool:
    """Tell whether `text` is a host with optional port, in lower case."""
    match = re.fullmatch(_DOMAIN, text)
    return match is not None and int(match["port"] or 0) <= _LARGEST_PORT


def is_path(text: str) -> bool:
    """Tell whether `text` can be the path of an image, or the beginning of one."""
    return len(text) <= MAX_NAME_LENGTH and re.fullmatch(_PATH, text) is not None


def _check_version(text: str, parts: Reference) -> None:
    if parts.digest and not re.fullmatch(_DIGEST, parts.digest):
        raise InvalidReference(f'"{text}": the digest must be like `sha256:` and 64 hex digits')
    if parts.tag and not re.fullmatch(_TAG, parts.tag):
        raise InvalidReference(
            f'"{text}": the tag "{parts.tag}" must have at most 128 letters, digits, `_`, `.` and '
            "`-`, and not begin with `.` or `-`"
        )
    if text.endswith("@") or text.partition("@")[0].endswith(":"):
        raise InvalidReference(f'"{text}" ends where the tag or the digest should follow')


def _check_name(text: str, domain: str, path: str) -> None:
    if not is_domain(domain):
        raise InvalidReference(f'"{text}": "{domain}" is not a host with optional port')
    if path != path.lower():
        raise InvalidReference(f'"{text}": upper case is not allowed; write "{path.lower()}"')
    if not re.fullmatch(_PATH, path):
        raise InvalidReference(
            f'"{text}": "{path}" must be words of a-z and 0-9, joined by `/`, `.`, `_`, `__` or `-`'
        )
    if re.fullmatch(_IMAGE_ID, path):
        raise InvalidReference(f'"{text}": 64 hex digits are the id of an image, not a name')
