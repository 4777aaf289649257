"""Nodes → nodes: `arguments` laid over the step, `scale` and `matrix` made into parallel blocks.

Afterwards a step has one form. What was made up stands in the place of what it was made from.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from math import prod

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.language.tables import KNOWN_TO_PLANNER
from compiler.language.tables.root import RESOURCE_KEYS, ROOT
from compiler.source import START
from compiler.syntax.nodes import Entry, Mapping, Node, Scalar, Sequence, node_count, type_name

MAX_CHILDREN = 1000
"""How many steps one `scale` or `matrix` may make."""
MAX_NODES = 200_000
"""How many values all of them in a file may make."""
_OF_BLOCK = ("title", "description", "stage", "when", "success_criteria", "fail_fast", "fail-fast")
_BLOCK_KEYS = frozenset({*_OF_BLOCK, "strict_fail_fast", "timeout"})
"""Keys that a block made of a step takes from it."""
_NOT_FOR_CHILDREN = frozenset({"when", "success_criteria", "scale", "matrix", "title", "timeout"})
_JOINED = frozenset({"environment", "build_arguments", "composition_variables"})
"""Lists of `KEY=VALUE` that a child adds to."""
_ALIASES = {
    alias.replace("_", "-"): alias
    for alias in (
        "fail_fast",
        "working_directory",
        "image_name",
        "build_arguments",
        "tag_policy",
        "composition_candidates",
        "composition_variables",
    )
}
_SUGAR = frozenset({"arguments", "scale", "matrix", "steps", "hooks"})
"""A step with none of these is as it should be."""


def desugar(root: Node | None, findings: Findings) -> Mapping | None:
    """Return the pipeline in its plain form; None when there is no mapping at all."""
    document = _document(root, findings)
    if document is None:
        return None
    mode = document.get("mode")
    parallel = mode is not None and _text(mode.value) == "parallel"
    return _with_steps(document, _Desugar(findings, parallel))


def _document(root: Node | None, findings: Findings) -> Mapping | None:
    """Return the mapping with the steps: the root, or `spec` of a `kind: pipeline` document."""
    if not isinstance(root, Mapping):
        span = root.span if root else START
        found = type_name(root) if root else "nothing"
        findings.add(mistakes.wrong_type("the pipeline", "a mapping", found, span))
        return None
    kind, spec = root.get("kind"), root.get("spec")
    if kind and spec and _text(kind.value) == "pipeline" and isinstance(spec.value, Mapping):
        return Mapping(_pipeline_entries(spec.value, findings), spec.value.span)
    return root


def _pipeline_entries(spec: Mapping, findings: Findings) -> tuple[Entry, ...]:
    """Return the entries of a pipeline resource that belong to the pipeline itself."""
    for entry in spec.entries:
        if entry.key.text not in ROOT.fields and entry.key.text not in RESOURCE_KEYS:
            findings.add(mistakes.key_without_effect(entry.key.text, entry.key.span, ROOT.fields))
    version = Entry(Scalar("version", "version", spec.span), Scalar("1.0", "1.0", spec.span))
    kept = tuple(entry for entry in spec.entries if entry.key.text in ROOT.fields)
    return kept if any(entry.key.text == "version" for entry in kept) else (version, *kept)


class _Desugar:
    """Desugars steps one by one."""

    def __init__(self, findings: Findings, parallel: bool) -> None:
        self._findings = findings
        self._parallel = parallel
        self._room = MAX_NODES

    def step(self, entry: Entry) -> Entry:
        body = entry.value
        if not isinstance(body, Mapping) or not any(
            each.key.text in _SUGAR for each in body.entries
        ):
            return entry
        merged = _with_arguments(body)
        sugar = merged.get("scale") or merged.get("matrix")
        if sugar is not None:
            merged = self._block(entry, merged, sugar)
        return Entry(entry.key, _with_steps(merged, self))

    def _block(self, step: Entry, body: Mapping, sugar: Entry) -> Mapping:
        """Return the parallel block that a step with `scale` or `matrix` is."""
        self._check_neighbours(body, sugar)
        children = tuple(self._children(step, body, sugar))
        if isinstance(sugar.value, Mapping) and not sugar.value.entries:
            self._findings.add(mistakes.too_few_items(sugar.key.text, 1, sugar.value.span))
        place = sugar.key.span
        own = tuple(each for each in body.entries if each.key.text in _BLOCK_KEYS)
        kind = Entry(Scalar("type", "type", place), Scalar("parallel", "parallel", place))
        key = Scalar(sugar.key.text, "steps", place)
        steps = Entry(key, Mapping(children, sugar.value.span))
        return Mapping((*own, kind, steps), body.span)

    def _check_neighbours(self, body: Mapping, sugar: Entry) -> None:
        name, place = sugar.key.text, sugar.key.span
        if name == "scale" and (other := body.get("matrix")):
            self._findings.add(mistakes.sugar_conflict("matrix", "scale", other.key.span))
        if hooks := body.get("hooks"):
            self._findings.add(mistakes.sugar_conflict("hooks", name, hooks.key.span))
        if self._parallel:
            self._findings.add(mistakes.sugar_conflict(name, "mode: parallel", place))

    def _children(self, step: Entry, body: Mapping, sugar: Entry) -> Iterator[Entry]:
        inherited = Mapping(
            tuple(each for each in body.entries if each.key.text not in _NOT_FOR_CHILDREN),
            body.span,
        )
        if sugar.key.text == "scale":
            if not isinstance(sugar.value, Mapping):
                self._refuse(sugar, "a mapping from names to partial steps")
                return
            made, count = self._scaled(sugar.value), len(sugar.value.entries)
        else:
            fields = list(self._alternatives(sugar))
            made = _crossed(step, body, sugar, fields)
            count = prod(len(values) for _, values in fields)
        for key, overlay in islice(made, self._allowed(sugar, count, inherited)):
            yield Entry(key, _overlaid(inherited, _with_arguments(overlay)))

    def _allowed(self, sugar: Entry, count: int, inherited: Mapping) -> int:
        """Return how many children are made: of too many only one, whose mistakes are told."""
        key, place = sugar.key.text, sugar.key.span
        if count > MAX_CHILDREN:
            self._findings.add(mistakes.too_many_children(key, count, MAX_CHILDREN, place))
            return 1
        needed = count * node_count(inherited, MAX_NODES)
        if needed > self._room:
            self._findings.add(mistakes.too_much_made(key, place))
            return 1
        self._room -= needed
        return count

    def _scaled(self, children: Mapping) -> Iterator[tuple[Scalar, Mapping]]:
        for entry in children.entries:
            if isinstance(entry.value, Mapping):
                yield entry.key, entry.value
            else:
                self._refuse(entry, "a mapping")

    def _alternatives(self, sugar: Entry) -> Iterator[tuple[Scalar, tuple[Node, ...]]]:
        if not isinstance(sugar.value, Mapping):
            self._refuse(sugar, "a mapping from fields to lists of alternatives")
            return
        for entry in sugar.value.entries:
            if not isinstance(entry.value, Sequence):
                self._refuse(entry, "a list of alternatives")
            elif entry.value.items:
                yield entry.key, entry.value.items
            else:
                self._findings.add(mistakes.too_few_items(entry.key.text, 1, entry.value.span))

    def _refuse(self, entry: Entry, expected: str) -> None:
        found = type_name(entry.value)
        self._findings.add(mistakes.wrong_type(entry.key.text, expected, found, entry.value.span))


def _crossed(
    step: Entry, body: Mapping, sugar: Entry, fields: list[tuple[Scalar, tuple[Node, ...]]]
) -> Iterator[tuple[Scalar, Mapping]]:
    """Yield names and fields of the steps that a matrix makes; the last field varies fastest."""
    title = body.get("title")
    title_text = title.value.text if title and isinstance(title.value, Scalar) else step.key.text
    place = sugar.key.span
    combinations = product(*(values for _, values in fields)) if fields else iter(())
    for number, values in enumerate(combinations, start=1):
        name = f"{step.key.text}_{number}"
        text = f"{title_text} ({', '.join(_shown(value) for value in values)})"
        entries = (Entry(key, value) for (key, _), value in zip(fields, values, strict=True))
        titled = Entry(Scalar("title", "title", place), Scalar(text, text, place))
        yield Scalar(name, name, place), Mapping((*entries, titled), sugar.value.span)


def _with_steps(body: Mapping, desugar: _Desugar) -> Mapping:
    """Return a pipeline, a block or a hook with the steps inside of it desugared."""
    entries = tuple(_with_inner_steps(entry, desugar) for entry in body.entries)
    return Mapping(entries, body.span)


def _with_inner_steps(entry: Entry, desugar: _Desugar) -> Entry:
    key, value = entry.key.text, entry.value
    if not isinstance(value, Mapping):
        return entry
    if key == "steps":
        steps = tuple(desugar.step(each) for each in value.entries)
        return Entry(entry.key, Mapping(steps, value.span))
    if key == "hooks":
        hooks = tuple(_hook(each, desugar) for each in value.entries)
        return Entry(entry.key, Mapping(hooks, value.span))
    return entry


def _hook(entry: Entry, desugar: _Desugar) -> Entry:
    """Return a hook, or its `exec`, which has steps or is one itself."""
    value = entry.value
    if not isinstance(value, Mapping):
        return entry
    if value.get("exec"):
        inner = tuple(
            _hook(each, desugar) if each.key.text == "exec" else each for each in value.entries
        )
        return Entry(entry.key, Mapping(inner, value.span))
    if value.get("steps"):
        return Entry(entry.key, _with_steps(value, desugar))
    return desugar.step(entry)


def _with_arguments(body: Mapping) -> Mapping:
    """Return the step with its `arguments` laid over its own keys, as the platform does."""
    entry = body.get("arguments")
    if entry is None or not isinstance(entry.value, Mapping) or not _takes_arguments(body):
        return body
    merged = {each.key.text: each for each in body.entries if each is not entry}
    merged |= {each.key.text: each for each in entry.value.entries}
    return Mapping(tuple(merged.values()), body.span)


def _takes_arguments(body: Mapping) -> bool:
    """Whether `arguments` are keys of the step, and not the input of a step of a catalogue."""
    entry = body.get("type")
    if entry is None:
        return True
    return (_text(entry.value) or "").partition(":")[0] in KNOWN_TO_PLANNER


def _overlaid(parent: Mapping, child: Mapping) -> Mapping:
    merged = {_name(each): each for each in parent.entries}
    for entry in child.entries:
        name = _name(entry)
        before = merged.get(name)
        merged[name] = _joined(name, before, entry) if before else entry
    return Mapping(tuple(merged.values()), child.span)


def _joined(name: str, before: Entry, after: Entry) -> Entry:
    first, second = before.value, after.value
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return Entry(after.key, _overlaid(first, second))
    if name in _JOINED and isinstance(first, Sequence) and isinstance(second, Sequence):
        by_key = {
            _assigned(item, at): item for at, item in enumerate((*first.items, *second.items))
        }
        return Entry(after.key, Sequence(tuple(by_key.values()), second.span))
    return after


def _assigned(item: Node, index: int) -> str | int:
    """Return the key of a `KEY=VALUE`; what is none of that form stays apart."""
    text = _text(item)
    return index if text is None else text.partition("=")[0]


def _name(entry: Entry) -> str:
    return _ALIASES.get(entry.key.text, entry.key.text)


def _text(node: Node) -> str | None:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None


def _shown(node: Node) -> str:
    match node:
        case Scalar():
            return node.text
        case Sequence():
            return ", ".join(_shown(item) for item in node.items)
        case Mapping():
            return ", ".join(f"{each.key.text}: {_shown(each.value)}" for each in node.entries)
