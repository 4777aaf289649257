"""Nodes → the pipeline as the user wrote it. Every mistake of form is found here, in one pass."""

from __future__ import annotations

import re
from typing import Any

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.language.fields import (
    RESOURCE_KEYS,
    ROOT,
    STEP_TABLES,
    UNSUPPORTED_TYPES,
    Field,
    Kind,
    Table,
)
from compiler.language.pipeline import BuildStep, CloneStep, Pipeline, PushStep, Step
from compiler.language.reading import read_field
from compiler.language.values import Text
from compiler.source import Position, Span
from compiler.syntax.nodes import Entry, Mapping, Node, Scalar, type_name

_STEP_CLASSES: dict[str, type[Step]] = {
    "build": BuildStep,
    "push": PushStep,
    "git-clone": CloneStep,
}
_VERSION = re.compile(r"1(?:\.0+)?")
_MAX_NAME_LENGTH = 150
_FORBIDDEN_IN_NAMES = frozenset(".#$[]")
_START = Span(Position(1, 1), Position(1, 1))


def bind(root: Node | None, findings: Findings) -> Pipeline | None:
    """Return the pipeline that `root` says; None when nothing of it can be used."""
    document = _document(root, findings)
    if document is None or not _has_version(document, findings):
        return None
    values, _ = _bind_fields(document, ROOT, "the pipeline", findings)
    mode = values.pop("mode", None)
    if mode is not None and mode.text == "parallel":
        findings.add(mistakes.not_supported("`mode: parallel`", mode.span))
    values.pop("build_version", None)
    stages = {stage.text for stage in values.get("stages", ())}
    steps = _steps(document, findings, stages)
    return Pipeline(steps=steps, unread_steps=_names(document) - _names_of(steps), **values)


def _document(root: Node | None, findings: Findings) -> Mapping | None:
    """Return the mapping with the steps: the root, or `spec` of a `kind: pipeline` document."""
    if not isinstance(root, Mapping):
        span = root.span if root else _START
        found = type_name(root) if root else "nothing"
        findings.add(mistakes.wrong_type("the pipeline", "a mapping", found, span))
        return None
    kind, spec = _find(root, "kind"), _find(root, "spec")
    is_resource = kind and isinstance(kind.value, Scalar) and kind.value.text == "pipeline"
    if is_resource and spec and isinstance(spec.value, Mapping):
        return Mapping(_pipeline_entries(spec.value, findings), spec.value.span)
    return root


def _pipeline_entries(spec: Mapping, findings: Findings) -> tuple[Entry, ...]:
    """Return the entries of a pipeline resource that belong to the pipeline itself."""
    for entry in spec.entries:
        if entry.key.text not in ROOT and entry.key.text not in RESOURCE_KEYS:
            findings.add(mistakes.key_without_effect(entry.key.text, entry.key.span, ROOT))
    version = Entry(Scalar("version", "version", spec.span), Scalar("1.0", "1.0", spec.span))
    kept = tuple(entry for entry in spec.entries if entry.key.text in ROOT)
    return kept if any(entry.key.text == "version" for entry in kept) else (version, *kept)


def _has_version(document: Mapping, findings: Findings) -> bool:
    entry = _find(document, "version")
    if entry is None:
        findings.add(mistakes.missing_key("version", _start_of(document.span), "the pipeline"))
        return True
    if isinstance(entry.value, Scalar) and _VERSION.fullmatch(entry.value.text):
        return True
    found = entry.value.text if isinstance(entry.value, Scalar) else type_name(entry.value)
    findings.add(mistakes.wrong_version(found, entry.value.span))
    return False


def _steps(document: Mapping, findings: Findings, stages: set[str]) -> tuple[Step, ...]:
    entry = _find(document, "steps")
    if entry is None:
        findings.add(mistakes.missing_key("steps", _start_of(document.span), "the pipeline"))
        return ()
    if not isinstance(entry.value, Mapping):
        found = type_name(entry.value)
        findings.add(mistakes.wrong_type("steps", "a mapping", found, entry.value.span))
        return ()
    steps = [_step(each, findings) for each in entry.value.entries]
    bound = tuple(step for step in steps if step is not None)
    for step in bound:
        if step.stage and step.stage.text not in stages:
            findings.add(mistakes.unknown_stage(step.stage.text, step.stage.span, stages))
    return bound


def _names(document: Mapping) -> frozenset[str]:
    entry = _find(document, "steps")
    if entry is None or not isinstance(entry.value, Mapping):
        return frozenset()
    return frozenset(each.key.text for each in entry.value.entries)


def _names_of(steps: tuple[Step, ...]) -> frozenset[str]:
    return frozenset(step.name.text for step in steps)


def _step(entry: Entry, findings: Findings) -> Step | None:
    name = Text(entry.key.text, entry.key.span)
    _check_name(name, findings)
    if not isinstance(entry.value, Mapping):
        found = type_name(entry.value)
        where = f"step {name.text}"
        findings.add(mistakes.wrong_type(where, "a mapping", found, entry.value.span))
        return None
    body = _with_arguments(entry.value)
    step_type = _type(body, name, findings)
    if step_type is None:
        return None
    table, where = STEP_TABLES[step_type.text], f'step "{name.text}"'
    values, entries = _bind_fields(body, table, where, findings)
    values |= {"name": name, "type": step_type, "span": _whole(entry)}
    values["places"] = {field: _whole(written) for field, written in entries.items()}
    missing = [field for field in table.values() if field.required and field.name not in values]
    for field in missing:
        if _find(body, field.name) is None and _find(body, field.alias) is None:
            findings.add(mistakes.missing_key(field.name, name.span, where))
    return None if missing else _STEP_CLASSES[step_type.text](**values)


def _check_name(name: Text, findings: Findings) -> None:
    if not name.text:
        findings.add(mistakes.bad_step_name(name.text, "is empty", name.span))
    elif len(name.text) > _MAX_NAME_LENGTH:
        problem = f"has {len(name.text)} characters"
        findings.add(mistakes.bad_step_name(name.text, problem, name.span))
    elif found := _FORBIDDEN_IN_NAMES.intersection(name.text):
        problem = f"holds `{min(found)}`"
        findings.add(mistakes.bad_step_name(name.text, problem, name.span))


def _with_arguments(body: Mapping) -> Mapping:
    """Return the step with its `arguments` laid over its own keys, as the platform does."""
    entry = _find(body, "arguments")
    if entry is None or not isinstance(entry.value, Mapping):
        return body
    merged = {each.key.text: each for each in body.entries if each is not entry}
    merged |= {each.key.text: each for each in entry.value.entries}
    return Mapping(tuple(merged.values()), body.span)


def _type(body: Mapping, name: Text, findings: Findings) -> Text | None:
    """Return the type of a step that this version runs; None after telling why not."""
    entry = _find(body, "type")
    if entry is None:
        findings.add(mistakes.not_supported("a step of type `freestyle`", name.span))
        return None
    node = entry.value
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        findings.add(mistakes.wrong_type("type", "a string", type_name(node), node.span))
        return None
    known = node.text.partition(":")[0]  # a version behind a known type changes nothing
    if known in STEP_TABLES:
        return Text(known, node.span)
    if known in UNSUPPORTED_TYPES or "${{" in known or "/" in known:
        findings.add(mistakes.not_supported(f"a step of type `{node.text}`", node.span))
    else:
        all_types = (*STEP_TABLES, *UNSUPPORTED_TYPES)
        findings.add(mistakes.unknown_step_type(node.text, node.span, all_types))
    return None


def _bind_fields(
    body: Mapping, table: Table, where: str, findings: Findings
) -> tuple[dict[str, Any], dict[str, Entry]]:
    """Return the values of the fields that are well-formed, by attribute, and where they stand."""
    aliases = {field.alias: field for field in table.values() if field.alias}
    entries: dict[str, Entry] = {}
    values: dict[str, Any] = {}
    for entry in body.entries:
        key = entry.key.text
        field = table.get(key) or aliases.get(key)
        if field is None:
            findings.add(mistakes.unknown_key(key, entry.key.span, table, where))
        elif field.name in entries:
            first = entries[field.name].key
            spellings = (first.text, key)
            findings.add(mistakes.two_spellings(spellings, field.name, entry.key.span, first.span))
        else:
            entries[field.name] = entry
            _bind_field(field, entry, values, findings)
    return values, entries


def _bind_field(field: Field, entry: Entry, values: dict[str, Any], findings: Findings) -> None:
    if field.kind is Kind.UNSUPPORTED:
        findings.add(mistakes.not_supported(f"`{field.name}`", entry.key.span))
    elif field.kind is not Kind.IGNORED:
        value = read_field(field, entry.value, findings)
        if value is not None:
            values[field.attribute or field.name] = value


def _find(body: Mapping, key: str) -> Entry | None:
    return next((entry for entry in body.entries if key and entry.key.text == key), None)


def _whole(entry: Entry) -> Span:
    """Return the place of key and value; of the key alone where an alias stands for the value."""
    return Span(entry.key.span.start, max(entry.key.span.end, entry.value.span.end))


def _start_of(span: Span) -> Span:
    return Span(span.start, span.start)
