"""Which images a Dockerfile may pull, as far as its text tells; pure.

This does not read Dockerfiles as their builder does: an image too many is a login that is not
needed, and one too few is pulled without an account.
"""

import re
from collections.abc import Mapping

_CONTINUED = re.compile(r"\\[ \t]*\n(?:[ \t]*#[^\n]*\n)*")
_ARG = re.compile(r"\s*ARG\s+(?P<name>\w+)(?:=(?P<value>\S*))?", re.IGNORECASE)
_FROM = re.compile(r"\s*FROM\s+(?:--\S+\s+)*(?P<image>\S+)", re.IGNORECASE)
_COPY = re.compile(r"\s*COPY\s+(?:--\S+\s+)*?--from=(?P<image>\S+)", re.IGNORECASE)
_HOLE = re.compile(r"\$(?:(?P<bare>\w+)|\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\})")


def base_images(text: bytes, arguments: Mapping[str, str]) -> list[str]:
    """Return what `FROM` and `COPY --from` name, stages among them, holes filled."""
    values: dict[str, str] = {}
    images = []
    for line in _CONTINUED.sub(" ", text.decode(errors="replace")).splitlines():
        if found := _ARG.match(line):
            default = (found["value"] or "").strip("\"'")
            values[found["name"]] = arguments.get(found["name"], default)
        elif found := _FROM.match(line) or _COPY.match(line):
            images.append(_filled(found["image"], values))
    return images


def _filled(image: str, values: Mapping[str, str]) -> str:
    def fill(hole: "re.Match[str]") -> str:
        return values.get(hole["bare"] or hole["name"]) or hole["default"] or ""

    return _HOLE.sub(fill, image)
