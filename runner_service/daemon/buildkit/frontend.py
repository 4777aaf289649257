"""The head of a Dockerfile: its parser directives; pure.

Source: https://docs.docker.com/reference/dockerfile/#parser-directives
"""

import re
from dataclasses import dataclass

_DIRECTIVE = re.compile(rb"#[ \t]*(?P<key>[A-Za-z][A-Za-z0-9]*)[ \t]*=[ \t]*(?P<value>\S.*?)\s*")
_OF_DOCKER_HUB = re.compile(
    r"(?:(?:index\.|registry-1\.)?docker\.io/)?docker/dockerfile(?:-upstream)?(?:[:@].*)?"
)
_EMPTY = b"#"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltInText:
    """A Dockerfile as the engine's built-in frontend should read it."""

    text: bytes
    replaced: str | None
    """The frontend image that the text asked for; None if it asked for none of Docker's own."""


def for_built_in_frontend(text: bytes) -> BuiltInText:
    """Take Docker's own frontend image out of the `# syntax=` line; other images stay.

    The engine has that frontend built in, and would fetch the image from Docker Hub even where
    there is no way to it. All lines keep their numbers, except among the directives themselves.
    """
    lines = text.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    start = 1 if lines[0].startswith(b"#!") else 0
    head = _directives(lines, start)
    syntax = next((at for at in head if _key(lines[at]) == b"syntax"), None)
    image = _value(lines[syntax]).split()[0] if syntax is not None else ""
    if syntax is None or not _OF_DOCKER_HUB.fullmatch(image):
        return BuiltInText(text=text, replaced=None)
    # The first comment ends the directives, so the emptied line comes last. So does every one
    # that only newer engines know: to older ones it is a comment.
    kept = [lines[at] for at in head if at != syntax]
    known = [line for line in kept if _key(line) == b"escape"]
    others = [line for line in kept if _key(line) != b"escape"]
    lines[start : start + len(head)] = [*known, *others, _EMPTY]
    return BuiltInText(text=b"\n".join(lines), replaced=image)


def _directives(lines: list[bytes], start: int) -> range:
    end = start
    while end < len(lines) and _DIRECTIVE.fullmatch(lines[end]):
        end += 1
    return range(start, end)


def _key(line: bytes) -> bytes:
    match = _DIRECTIVE.fullmatch(line)
    return match["key"].lower() if match else b""


def _value(line: bytes) -> str:
    match = _DIRECTIVE.fullmatch(line)
    return match["value"].decode(errors="replace") if match else ""
