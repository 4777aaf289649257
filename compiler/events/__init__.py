"""Events that start builds: from the JSON that a webhook delivers to the platform's variables.

Pure: nothing is read but what is given. Who sent a payload is told by its keys, since the headers
that would say so are gone by the time it is a file.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NoReturn

from compiler.events import bitbucket, github, images
from compiler.events.gerrit import gerrit
from compiler.events.gitlab import gitlab
from compiler.events.parts import Part, UnusableEvent, part_of
from compiler.events.plain import plain
from compiler.record import Record

__all__ = ["MOST_BYTES", "UnusableEvent", "read_event", "variables_of"]

MOST_BYTES = 25 * 1024 * 1024
"""Of a payload; GitHub sends none that is larger."""
_MOST_VARIABLE_BYTES = 128 * 1024
"""Linux starts no program with a longer variable, its name and the end included."""


class _Form(Record):
    """A form of payloads."""

    name: str
    keys: tuple[str, ...]
    """Those that tell it from the others, of the whole payload."""
    read: Callable[[Part], dict[str, str]]


_FORMS = (
    _Form(name="plain", keys=("variables",), read=plain),
    # Before the pushes of GitHub, which have fewer keys.
    _Form(name="GitLab", keys=("object_kind",), read=gitlab),
    _Form(name="GitHub pull request", keys=("pull_request",), read=github.pull_request),
    _Form(name="GitHub comment", keys=("issue", "comment"), read=github.comment),
    _Form(name="GitHub release", keys=("release",), read=github.release),
    _Form(name="GitHub push", keys=("ref", "after"), read=github.push),
    _Form(name="Bitbucket pull request", keys=("pullrequest",), read=bitbucket.pull_request),
    _Form(name="Bitbucket push", keys=("push",), read=bitbucket.push),
    _Form(name="Gerrit", keys=("type", "change"), read=gerrit),
    _Form(name="Docker Hub", keys=("push_data",), read=images.docker_hub),
    _Form(name="Docker registry", keys=("events",), read=images.notifications),
    _Form(name="Azure registry", keys=("action", "target"), read=images.notification),
    _Form(name="Quay", keys=("updated_tags",), read=images.quay),
)


def read_event(content: bytes) -> dict[str, str]:
    """Return the variables that a webhook's payload sets.

    Raises:
        UnusableEvent: it is no JSON in UTF-8, none of the known forms, or starts no build.
    """
    if len(content) > MOST_BYTES:
        raise UnusableEvent(f"it is larger than {MOST_BYTES // 1024 // 1024} MiB")
    try:
        return variables_of(_parse(content))
    except RecursionError as error:
        raise UnusableEvent("it is nested too deeply") from error


def variables_of(payload: object) -> dict[str, str]:
    """Return the variables that a payload sets, once it is parsed.

    Raises:
        UnusableEvent: it is none of the known forms, or starts no build.
    """
    if not isinstance(payload, dict):
        raise UnusableEvent("it is not an object", _what_was_looked_for())
    form = next((each for each in _FORMS if all(key in payload for key in each.keys)), None)
    if form is None:
        raise UnusableEvent("it is none of the known events", _what_was_looked_for())
    variables = {"CF_BUILD_TRIGGER": "webhook", **form.read(part_of(payload))}
    for name, value in variables.items():
        _check(name, value)
    return variables


def _parse(content: bytes) -> object:
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise UnusableEvent(f"it is not UTF-8: byte {error.start} is wrong") from error
    except json.JSONDecodeError as error:
        said = f"{error.msg[0].lower()}{error.msg[1:]}"
        raise UnusableEvent(
            f"it is not JSON: line {error.lineno}, column {error.colno}: {said}"
        ) from error
    except ValueError as error:  # Python reads no number of more than some thousand digits
        raise UnusableEvent("it has a number that is too long") from error


def _refuse_constant(word: str) -> NoReturn:
    raise UnusableEvent(f"it is not JSON: {word} is no number of it")


def _check(name: str, value: str) -> None:
    """Refuse what no program could be started with."""
    try:
        written = f"{name}={value}\0".encode()
    except UnicodeEncodeError as error:
        raise UnusableEvent(f'the value of "{name}" is no text: half a character') from error
    if "\0" in name + value:
        raise UnusableEvent(f'the value of "{name}" has a character NUL')
    if len(written) > _MOST_VARIABLE_BYTES:
        limit = _MOST_VARIABLE_BYTES // 1024
        raise UnusableEvent(f'"{name}" would be longer than {limit} KiB, the most of a variable')


def _what_was_looked_for() -> str:
    forms = ", ".join(
        f"{' and '.join(f'`{key}`' for key in form.keys)} ({form.name})" for form in _FORMS
    )
    return f'looked for {forms}; other events are given as {{"variables": {{"NAME": "value"}}}}'
