"""Which images a Dockerfile asks registries for. Pure; what cannot be known is left out.

Source: https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_COMMENT = re.compile(r"^[ \t]*#.*(\n|\Z)", re.MULTILINE)
_ESCAPE = re.compile(r"\A(?:[ \t]*#[^\n]*\n)*?[ \t]*#[ \t]*escape[ \t]*=[ \t]*(`)", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::([-+])([^${}]*))?\}|(\w+))")
_FROM_OPTION = re.compile(r"--from=(\S+)")
_MOUNT = re.compile(r"--mount=(\S+)")
_NOTHING = "scratch"


@dataclass(slots=True)
class _Stage:
    base: str
    name: str
    sources: list[str] = field(default_factory=list)
    """What files are copied or mounted from: names or numbers of stages, or images."""


def base_images(text: str, arguments: Mapping[str, str], target: str = "") -> frozenset[str]:
    """Return the references of the images that a build needs, as they are written.

    Args:
        text: The Dockerfile.
        arguments: Build arguments, which win over the defaults of `ARG`.
        target: Name or number of the stage that is built; empty: the last one.
    """
    stages = _stages(text, arguments)
    needed, images = [_needed_stage(stages, target)], set()
    seen: set[int] = set()
    while needed:
        number = needed.pop()
        if number is None or number in seen:
            continue
        seen.add(number)
        stage = stages[number]
        for source in (stage.base, *stage.sources):
            earlier = _find(stages[:number], source)
            if earlier is not None:
                needed.append(earlier)
            elif source and source != _NOTHING and "$" not in source:
                images.add(source)
    return frozenset(images)


def _stages(text: str, arguments: Mapping[str, str]) -> list[_Stage]:
    stages: list[_Stage] = []
    known: dict[str, str] = {}
    for keyword, rest in _instructions(text):
        if keyword == "ARG" and not stages:
            name, equals, default = rest.partition("=")
            value = arguments.get(name, _filled(_unquoted(default), known) if equals else None)
            if value is not None:
                known[name] = value
        elif keyword == "FROM":
            words = [word for word in rest.split() if not word.startswith("--")]
            name = words[2].lower() if len(words) == 3 and words[1].lower() == "as" else ""
            stages.append(_Stage(_filled(words[0], known) if words else "", name))
        elif stages and keyword in ("COPY", "ADD"):
            stages[-1].sources += _FROM_OPTION.findall(rest)
        elif stages and keyword == "RUN":
            options = ",".join(_MOUNT.findall(rest)).split(",")
            stages[-1].sources += [
                option.removeprefix("from=") for option in options if option.startswith("from=")
            ]
    return stages


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    escape = "`" if _ESCAPE.match(text) else "\\"
    joined = re.sub(rf"{re.escape(escape)}[ \t]*\r?\n", " ", _COMMENT.sub("", text))
    for line in joined.splitlines():
        keyword, _, rest = line.strip().partition(" ")
        yield keyword.upper(), rest.strip()


def _filled(text: str, known: Mapping[str, str]) -> str:
    """Return `text` with what is known; a `$` stays where something is not."""

    def value(match: re.Match[str]) -> str:
        name, kind, other = match[1] or match[4], match[2], match[3]
        found = known.get(name, "")
        if kind == "-":
            return found or other
        if kind == "+":
            return other if found else ""
        return found or match[0]

    return _VARIABLE.sub(value, text)


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'" else text


def _needed_stage(stages: list[_Stage], target: str) -> int | None:
    found = _find(stages, target) if target else None
    if found is not None:
        return found
    return len(stages) - 1 if stages else None


def _find(stages: list[_Stage], name: str) -> int | None:
    """Return the number of the last of `stages` that is called so, or has that number."""
    if name.isascii() and name.isdecimal():
        return int(name) if len(name) < 6 and int(name) < len(stages) else None
    for number in range(len(stages) - 1, -1, -1):
        if stages[number].name and stages[number].name == name.lower():
            return number
    return None
