"""Reads the value of a field from its node. None: it has no value, or a mistake was told."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.language.fields import Field, Kind
from compiler.language.pipeline import Buildx, Credentials, InlineDockerfile, Retry, Secret
from compiler.language.ranges import MAX_COUNT
from compiler.language.values import Flag, Number, Pair, Text
from compiler.syntax.nodes import Mapping, Node, Scalar, Sequence, type_name
from compiler.syntax.templates import whole_hole

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


def read_field(field: Field, node: Node, findings: Findings) -> Any:  # noqa: ANN401  # by kind
    """Return the value of `field` that `node` gives."""
    value = _READERS[field.kind](field.name, node, findings)
    if field.choices and isinstance(value, Text) and value.text not in field.choices:
        findings.add(mistakes.wrong_value(field.name, value.text, field.choices, value.span))
        return None
    return value


def _text(what: str, node: Node, findings: Findings) -> Text | None:
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        findings.add(mistakes.wrong_type(what, "a string", type_name(node), node.span))
        return None
    if not node.value:
        findings.add(mistakes.empty_text(what, node.span))
        return None
    return Text(node.value, node.span, node)


def _texts(what: str, node: Node, findings: Findings) -> tuple[Text, ...] | None:
    if not isinstance(node, Sequence):
        findings.add(mistakes.wrong_type(what, "a list of strings", type_name(node), node.span))
        return None
    read = [_text(f"{what}[{index}]", item, findings) for index, item in enumerate(node.items)]
    return tuple(text for text in read if text is not None)


def _flag(what: str, node: Node, findings: Findings) -> Flag | None:
    if isinstance(node, Scalar) and node.value is not None:
        lowered = node.text.lower()
        if lowered in _TRUE or lowered in _FALSE:
            return Flag(value=lowered in _TRUE, span=node.span)
        if isinstance(node.value, str) and whole_hole(node.text):
            return Flag(value=node.text.strip(), span=node.span)
    expected = "true, false or one `${{variable}}`"
    findings.add(mistakes.wrong_type(what, expected, _shown(node), node.span))
    return None


def _strict_flag(what: str, node: Node, findings: Findings) -> Flag | None:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return Flag(value=node.value, span=node.span)
    if isinstance(node, Scalar) and isinstance(node.value, str) and whole_hole(node.text):
        return Flag(value=node.text.strip(), span=node.span)
    expected = "true, false or one `${{variable}}`"
    findings.add(mistakes.wrong_type(what, expected, _shown(node), node.span))
    return None


def _number(what: str, node: Node, findings: Findings) -> Number | None:
    value = _finite(node.value) if isinstance(node, Scalar) else None
    if value is None:
        findings.add(mistakes.wrong_type(what, "a number", _shown(node), node.span))
        return None
    return Number(value=value, span=node.span)


def _finite(value: str | int | float | bool | None) -> float | None:
    """Return a number, also one in quotes; None: it is none, or no finite one."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _count(what: str, node: Node, findings: Findings) -> Number | None:
    number = _number(what, node, findings)
    if number and not (number.value.is_integer() and 0 <= number.value <= MAX_COUNT):
        expected = f"a whole number from 0 to {MAX_COUNT}"
        findings.add(mistakes.wrong_type(what, expected, _shown(node), node.span))
        return None
    return number


def _no_value(what: str, node: Node, findings: Findings) -> None:
    """Read a mapping that nothing is made of: it is ignored, or its keys are the step's by now."""
    if not isinstance(node, Mapping):
        findings.add(mistakes.wrong_type(what, "a mapping", type_name(node), node.span))


def _timeout(what: str, node: Node, findings: Findings) -> Text | None:
    if isinstance(node, Scalar) and node.value is None:
        return None  # the language's way to say: no limit
    return _text(what, node, findings)


def _parts(
    what: str, node: Node, findings: Findings, readers: dict[str, Callable[..., Any]]
) -> dict[str, Any] | None:
    """Return the values of a mapping whose keys are those of `readers`."""
    if not isinstance(node, Mapping):
        findings.add(mistakes.wrong_type(what, "a mapping", type_name(node), node.span))
        return None
    values = {}
    for entry in node.entries:
        key = entry.key.text
        if key not in readers:
            findings.add(mistakes.unknown_key(key, entry.key.span, readers, f'"{what}"'))
        else:
            values[key] = readers[key](f"{what}.{key}", entry.value, findings)
    return values


def _required(
    what: str, node: Node, findings: Findings, names: tuple[str, ...]
) -> dict[str, Text] | None:
    """Return the texts of a mapping that must have all of `names`."""
    values = _parts(what, node, findings, dict.fromkeys(names, _text))
    if values is None:
        return None
    for name in names:
        if name not in values:
            findings.add(mistakes.missing_key(name, node.span, f'"{what}"'))
    return values if all(values.get(name) for name in names) else None


def _retry(what: str, node: Node, findings: Findings) -> Retry | None:
    keys = ("maxAttempts", "delay", "exponentialFactor")
    values = _parts(what, node, findings, dict.fromkeys(keys, _number))
    if values is None:
        return None
    return Retry(
        max_attempts=values.get("maxAttempts"),
        delay=values.get("delay"),
        exponential_factor=values.get("exponentialFactor"),
    )


def _credentials(what: str, node: Node, findings: Findings) -> Credentials | None:
    values = _required(what, node, findings, ("username", "password"))
    return Credentials(**values) if values else None


def _dockerfile(what: str, node: Node, findings: Findings) -> Text | InlineDockerfile | None:
    if isinstance(node, Mapping):
        values = _required(what, node, findings, ("content",))
        return InlineDockerfile(**values) if values else None
    return _text(what, node, findings)


def _ssh(what: str, node: Node, findings: Findings) -> tuple[Pair, ...] | None:
    if isinstance(node, Mapping):
        read = [
            (Text(entry.key.text, entry.key.span), _text(what, entry.value, findings))
            for entry in node.entries
        ]
        return tuple(Pair(key=key, value=value) for key, value in read if value)
    if isinstance(node, Sequence):
        return tuple(_pair(text) for text in _texts(what, node, findings) or ())
    text = _text(what, node, findings)
    return (Pair(key=text, value=Text("", text.span)),) if text else None


def _pair(text: Text) -> Pair:
    key, _, value = text.text.partition("=")
    return Pair(key=Text(key, text.span), value=Text(value, text.span))


def _secrets(what: str, node: Node, findings: Findings) -> tuple[Secret, ...] | None:
    if not isinstance(node, Sequence):
        findings.add(mistakes.wrong_type(what, "a list", type_name(node), node.span))
        return None
    read = [_secret(f"{what}[{index}]", item, findings) for index, item in enumerate(node.items)]
    return tuple(secret for secret in read if secret)


def _secret(what: str, node: Node, findings: Findings) -> Secret | None:
    if isinstance(node, Mapping):
        values = _required(what, node, findings, ("id", "src"))
        return Secret(**values) if values else None
    text = _text(what, node, findings)
    if text is None:
        return None
    parts = dict(part.partition("=")[::2] for part in text.text.split(","))
    if not parts.get("id") or not parts.get("src"):
        findings.add(mistakes.wrong_value(what, text.text, ("id=<id>,src=<path>",), text.span))
        return None
    return Secret(id=Text(parts["id"], text.span), src=Text(parts["src"], text.span))


def _buildx(what: str, node: Node, findings: Findings) -> Flag | Buildx | None:
    if not isinstance(node, Mapping):
        return _flag(what, node, findings)

    def qemu(name: str, part: Node, found: Findings) -> dict[str, Any] | None:
        return _parts(name, part, found, {"image": _text, "platforms": _text})

    def builder(name: str, part: Node, found: Findings) -> dict[str, Any] | None:
        return _parts(name, part, found, {"driver": _text, "driver_opts": _text})

    values = _parts(what, node, findings, {"qemu": qemu, "builder": builder}) or {}
    emulator, driver = values.get("qemu") or {}, values.get("builder") or {}
    return Buildx(
        span=node.span,
        driver=driver.get("driver"),
        driver_opts=driver.get("driver_opts"),
        qemu_image=emulator.get("image"),
        qemu_platforms=emulator.get("platforms"),
    )


def _shown(node: Node) -> str:
    return f'"{node.text[:60]}"' if isinstance(node, Scalar) and node.text else type_name(node)


_READERS: dict[Kind, Callable[[str, Node, Findings], Any]] = {
    Kind.TEXT: _text,
    Kind.TEXTS: _texts,
    Kind.FLAG: _flag,
    Kind.STRICT_FLAG: _strict_flag,
    Kind.COUNT: _count,
    Kind.ARGUMENTS: _no_value,
    Kind.IGNORED_MAPPING: _no_value,
    Kind.TIMEOUT: _timeout,
    Kind.RETRY: _retry,
    Kind.CREDENTIALS: _credentials,
    Kind.DOCKERFILE: _dockerfile,
    Kind.SSH: _ssh,
    Kind.SECRETS: _secrets,
    Kind.BUILDX: _buildx,
}
