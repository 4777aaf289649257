"""Nodes → the pipeline as the user wrote it. Mistakes of form are found here, all in one pass."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler import mistakes
from compiler.diagnostics import Findings, TooMuch
from compiler.language.objects import Fields, Table, start_of
from compiler.language.parts import Hook
from compiler.language.pipeline import Pipeline
from compiler.language.shapes import TEXT, TEXTS, shown
from compiler.language.steps import (
    ApprovalStep,
    DeployStep,
    FreestyleStep,
    ParallelStep,
    PluginStep,
    Step,
)
from compiler.language.tables import KNOWN_TO_PLANNER, PLUGIN, STEP_TYPES
from compiler.language.tables.common import FIELDS
from compiler.language.tables.control import DeployCandidate
from compiler.language.tables.hooks import HOOK_EXEC, HOOK_STEPS, HOOKS, of_hook
from compiler.language.tables.root import ROOT
from compiler.language.values import Text
from compiler.source import Span
from compiler.syntax.nodes import Entry, Mapping, Node, Scalar, Sequence, type_name

_VERSIONS = (1, "1", "1.0")
_STEP_VERSION = r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?"
_MAX_NAME_LENGTH = 150
MAX_STEPS = 6000
"""How many steps a pipeline may have, those of blocks and hooks included: no run holds more."""
_FORBIDDEN_IN_NAMES = frozenset(".#$[]")
_STEP_FORM = "indent the keys of the step below its name"
_HOOK_IMAGE = "alpine"
"""Image that a list of commands in a hook runs in."""
_COMMON = frozenset(field.name for field in FIELDS)
_WITHOUT_EFFECT = frozenset({"type", "docker_machine", "debug", "env"})
"""Fields that are well-formed or not, and say nothing to this engine."""


def bind(document: Mapping, findings: Findings) -> Pipeline | None:
    """Return the pipeline that `document` says; None when its version is not known."""
    if not _has_version(document, findings):
        return None
    fields = ROOT.read(document, "the pipeline", findings, place=start_of(document.span))
    binder = _Binder(findings)
    steps = binder.steps(fields.entries.get("steps"))
    stages = {stage.text for stage in fields.values.get("stages", ())}
    binder.check_stages(stages)
    values = {
        name: value
        for name, value in fields.values.items()
        if name not in ("indicators", "build_version")
    }
    hooks = binder.hooks(fields.entries.get("hooks"), "the pipeline")
    return Pipeline(steps=steps, unread_steps=frozenset(binder.unread), hooks=hooks, **values)


def _has_version(document: Mapping, findings: Findings) -> bool:
    entry = document.get("version")
    if entry is None:
        place, help = start_of(document.span), "write `version: '1.0'` at the top of the file"
        findings.add(mistakes.missing_key("version", place, "the pipeline", help))
        return True
    if (
        isinstance(entry.value, Scalar)
        and not isinstance(entry.value.value, bool)
        and entry.value.value in _VERSIONS
    ):
        return True
    found = entry.value.text if isinstance(entry.value, Scalar) else type_name(entry.value)
    findings.add(mistakes.wrong_version(found, entry.value.span))
    return False


class _Binder:
    """Binds steps, those of blocks and hooks included."""

    def __init__(self, findings: Findings) -> None:
        self.unread: set[str] = set()
        """Names of steps with mistakes of form."""
        self._findings = findings
        self._staged: list[Text] = []
        self._step_count = 0

    def steps(self, entry: Entry | None, *, in_block: bool = False) -> tuple[Step, ...]:
        """Return the steps of `steps` that are well-formed."""
        if entry is None:
            return ()
        if not isinstance(entry.value, Mapping):
            found, help = shown(entry.value), "name each step, as in `name:`; a list has no names"
            self._findings.add(
                mistakes.wrong_type("steps", "a mapping", found, entry.value.span, help)
            )
            return ()
        steps = (self._step(each, in_block=in_block) for each in entry.value.entries)
        return tuple(step for step in steps if step is not None)

    def check_stages(self, stages: set[str]) -> None:
        """Tell which of the stages that steps name are not there."""
        for stage in self._staged:
            if stage.text not in stages:
                self._findings.add(mistakes.unknown_stage(stage.text, stage.span, stages))

    def _step(self, entry: Entry, *, in_block: bool = False) -> Step | None:
        name = Text(entry.key.text, entry.key.span, entry.key)
        _check_name(name, self._findings)
        step = self._body(name, entry, entry.value, in_block=in_block)
        if step is None:
            self.unread.add(name.text)
        return step

    def _body(
        self,
        name: Text,
        entry: Entry,
        body: Node,
        *,
        in_block: bool = False,
        of_a_hook: bool = False,
    ) -> Step | None:
        self._count(name)
        where = f'step "{name.text}"'
        if not isinstance(body, Mapping):
            self._findings.add(
                mistakes.wrong_type(name.text, "a mapping", shown(body), body.span, _STEP_FORM)
            )
            return None
        kind = _Type.of(body, name, self._findings)
        if kind is None:
            return None
        if in_block and kind.name.text == "pending-approval":
            self._findings.add(mistakes.approval_in_block(kind.name.span))
        table = of_hook(kind.table) if of_a_hook else kind.table
        fields = table.read(body, where, self._findings, place=name.span)
        hooks = self.hooks(fields.entries.get("hooks"), where)
        if kind.make is ParallelStep:
            self._block(fields, where, name)
        self._check_arguments(fields)
        if stage := fields.values.get("stage"):
            self._staged.append(stage)
        if not fields.complete:
            return None
        span = entry.key.span.to(entry.value.span)
        return _made(kind, name, span, fields, hooks)

    def _count(self, name: Text) -> None:
        self._step_count += 1
        if self._step_count > MAX_STEPS:
            self._findings.add(mistakes.too_many_steps(name.span, MAX_STEPS))
            raise TooMuch

    def _check_arguments(self, fields: Fields) -> None:
        entry = fields.entries.get("arguments")
        if entry and not isinstance(entry.value, Mapping):
            found = type_name(entry.value)
            self._findings.add(mistakes.arguments_ignored(found, entry.value.span))

    def _block(self, fields: Fields, where: str, name: Text) -> None:
        entry = fields.entries.get("steps")
        if entry is None:
            return  # told as a missing key
        if isinstance(entry.value, Mapping) and entry.value.entries:
            fields.values["steps"] = self.steps(entry, in_block=True)
        else:
            if entry.key.value == "steps":  # that `scale` and `matrix` make none is told already
                self._findings.add(mistakes.no_steps(where, entry.key.span))
            fields.complete = False

    def hooks(self, entry: Entry | None, where: str) -> tuple[Hook, ...]:
        """Return the hooks of a step or of the pipeline."""
        if entry is None:
            return ()
        if not isinstance(entry.value, Mapping):
            found = type_name(entry.value)
            self._findings.add(mistakes.wrong_type("hooks", "a mapping", found, entry.value.span))
            return ()
        read = HOOKS.read(entry.value, f"the hooks of {where}", self._findings)
        hooks = (self._hook(each) for each in read.entries.values())
        return tuple(hook for hook in hooks if hook is not None)

    def _hook(self, entry: Entry) -> Hook | None:
        point = Text(entry.key.text, entry.key.span, entry.key)
        span = entry.key.span.to(entry.value.span)
        node = entry.value
        if isinstance(node, Mapping) and _has_notes(node):
            fields = HOOK_EXEC.read(node, f'"{point.text}"', self._findings)
            inner = fields.entries.get("exec")
            hook = self._work(point, inner, span) if inner else Hook(point=point, span=span)
            return hook and hook.replaced(**fields.values)
        return self._work(point, entry, span)

    def _work(self, point: Text, entry: Entry, span: Span) -> Hook | None:
        """Return what a hook does: commands, a step, or several."""
        node = entry.value
        if isinstance(node, Sequence):
            commands = TEXTS.read(entry.key.text, node, self._findings)
            return Hook(point=point, span=span, steps=(_commands(point, commands or (), span),))
        if isinstance(node, Mapping) and node.get("steps"):
            fields = HOOK_STEPS.read(node, f'"{entry.key.text}"', self._findings)
            mode = fields.values.pop("mode", None)
            steps = self._hook_steps(fields.entries["steps"])
            parallel = mode is not None and mode.text == "parallel"
            return Hook(point=point, span=span, steps=steps, parallel=parallel, **fields.values)
        if isinstance(node, Mapping):
            step = self._body(point, entry, node, of_a_hook=True)
            return Hook(point=point, span=span, steps=(step,)) if step else None
        expected = "a list of commands, a step, or a mapping with `steps`"
        help = "write each command behind `- `, in a line of its own"
        self._findings.add(
            mistakes.wrong_type(entry.key.text, expected, shown(node), node.span, help)
        )
        return None

    def _hook_steps(self, entry: Entry) -> tuple[Step, ...]:
        if not isinstance(entry.value, Mapping):
            return self.steps(entry)  # tells what is wrong
        steps: list[Step] = []
        for each in entry.value.entries:
            name = Text(each.key.text, each.key.span, each.key)
            _check_name(name, self._findings)
            if step := self._body(name, each, each.value, of_a_hook=True):
                steps.append(step)
        return tuple(steps)


class _Type:
    """What kind of step it is."""

    def __init__(self, name: Text, table: Table, make: type[Step], version: str = "") -> None:
        self.name = name
        self.table = table
        self.make = make
        self.version = version

    @staticmethod
    def of(body: Mapping, step: Text, findings: Findings) -> _Type | None:
        """Return the type of a step; None after telling that it is none."""
        entry = body.get("type")
        if entry is None:
            table, make = STEP_TYPES["freestyle"]
            return _Type(Text("freestyle", step.span), table, make)
        node = entry.value
        if not TEXT.fits(node) or not isinstance(node, Scalar):
            TEXT.read("type", node, findings)  # tells what is wrong
            return None
        known, _, version = node.text.partition(":")
        if known in KNOWN_TO_PLANNER:  # a version behind them changes nothing
            table, make = STEP_TYPES[known]
            return _Type(Text(known, node.span, node), table, make)
        if "${{" not in node.text:
            _check_version(node, known, version, findings)
        else:
            known, version = node.text, ""
        table, make = STEP_TYPES.get(known, (PLUGIN, PluginStep))
        return _Type(Text(known, node.span, node), table, make, version)


def _check_version(node: Scalar, known: str, version: str, findings: Findings) -> None:
    near = "" if known in STEP_TYPES else mistakes.nearest(known, STEP_TYPES)
    if near:
        findings.add(mistakes.unknown_step_type(known, near, node.span))
    elif not known:
        return  # told as an empty text
    elif not version:
        findings.add(mistakes.step_version_missing(known, node.span))
    elif not re.fullmatch(_STEP_VERSION, version):
        findings.add(mistakes.bad_step_version(known, version, node.span))


def _made(kind: _Type, name: Text, span: Span, fields: Fields, hooks: tuple[Hook, ...]) -> Step:
    values = {key: value for key, value in fields.values.items() if key not in _WITHOUT_EFFECT}
    values |= {"name": name, "type": kind.name, "span": span, "entries": fields.entries}
    values["hooks"] = hooks
    arguments = values.pop("arguments", None)
    if isinstance(arguments, Sequence | Scalar):
        arguments = None
    if kind.make is ApprovalStep and "timeout" in values:
        values["approval_timeout"] = values.pop("timeout")
    elif kind.make is DeployStep:
        values |= dict(_of_deployment(values))
    elif kind.make is PluginStep:
        values["version"] = kind.version
        values["arguments"] = arguments or _all_but_common(kind, fields)
    elif "timeout" in fields.entries and "timeout" not in values:
        values["unlimited"] = True
    return kind.make(**values)


def _of_deployment(values: dict[str, object]) -> Iterator[tuple[str, object]]:
    """Yield the fields of a deployment that have other names in the tree."""
    yield "rollout_timeout", values.pop("timeout", None)
    candidate = values.pop("candidate", None)
    if isinstance(candidate, DeployCandidate):
        yield "candidate_image", candidate.image
        yield "candidate_registry", candidate.registry


def _all_but_common(kind: _Type, fields: Fields) -> Mapping | None:
    """Return what a step of an older type is told, as it is written."""
    entries = tuple(entry for key, entry in fields.entries.items() if key not in _COMMON)
    return Mapping(entries, kind.name.span) if entries else None


def _check_name(name: Text, findings: Findings) -> None:
    if not name.text:
        findings.add(mistakes.bad_step_name(name.text, "is empty", name.span))
    elif len(name.text) > _MAX_NAME_LENGTH:
        problem = f"has {len(name.text)} characters"
        findings.add(mistakes.bad_step_name(name.text, problem, name.span))
    elif found := _FORBIDDEN_IN_NAMES.intersection(name.text):
        problem = f"holds `{min(found)}`"
        findings.add(mistakes.bad_step_name(name.text, problem, name.span))


def _has_notes(node: Mapping) -> bool:
    """Whether a hook is of the form that may have notes: with `exec`, or with them alone."""
    keys = {entry.key.text for entry in node.entries}
    return "exec" in keys or (bool(keys) and keys <= {"metadata", "annotations"})


def _commands(point: Text, commands: tuple[Text, ...], span: Span) -> FreestyleStep:
    return FreestyleStep(
        name=point,
        type=Text("freestyle", point.span),
        span=span,
        image=Text(_HOOK_IMAGE, point.span),
        commands=commands,
    )
