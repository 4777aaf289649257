"""The keys of `when`, `success_criteria`, and of named conditions."""

from __future__ import annotations

from typing import Any

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.language.objects import Field, MapOf, Object, Table
from compiler.language.parts import (
    Branch,
    Conditions,
    Dependencies,
    Dependency,
    NamedExpression,
    SuccessCriteria,
    When,
)
from compiler.language.shapes import TEXT, TEXTS, ListOf, OneOf, Parsed, String
from compiler.language.values import Text
from compiler.record import Record
from compiler.syntax.nodes import Entry

STATES = (
    "success",
    "failure",
    "skipped",
    "finished",
    "approved",
    "denied",
    "pending",
    "running",
    "terminating",
    "terminated",
)
_CONDITION_NAME = "[a-zA-Z0-9_]+"


def _named(
    what: str, pairs: tuple[tuple[Entry, Text], ...], findings: Findings
) -> tuple[NamedExpression, ...]:
    named = []
    for entry, expression in pairs:
        name = String(pattern=_CONDITION_NAME, form="a name of letters, digits and `_`")
        if name.read(what, entry.key, findings):
            key = Text(entry.key.text, entry.key.span, entry.key)
            named.append(NamedExpression(name=key, expression=expression))
    return tuple(named)


_EXPRESSIONS = Parsed(MapOf(TEXT), _named)

CONDITIONS = Object(
    Table(
        (
            Field(
                name="all",
                shape=_EXPRESSIONS,
                doc="Named expressions that must all be true.",
            ),
            Field(
                name="any",
                shape=_EXPRESSIONS,
                doc="Named expressions of which at least one must be true.",
            ),
        )
    ),
    Conditions,
)

_BRANCH = Object(
    Table(
        (
            Field(
                name="only",
                shape=TEXTS,
                doc="Branches the step runs for: names, or patterns between slashes such as "
                "`/^FB-.*/i`.",
            ),
            Field(
                name="ignore",
                shape=TEXTS,
                doc="Branches the step does not run for: names, or patterns between slashes.",
            ),
        )
    ),
    Branch,
)

_DEPENDENCY_LIST = ListOf(
    Object(
        Table(
            (
                Field(name="name", required=True, doc="The step that is waited for."),
                Field(
                    name="on",
                    shape=ListOf(String(choices=STATES), at_least=1),
                    default="`[success]`",
                    doc="States of that step that let this one start.",
                ),
            )
        ),
        Dependency,
    ),
    at_least=1,
)


class _Choice(Record):
    all: tuple[Dependency, ...] | None = None
    any: tuple[Dependency, ...] | None = None


_DEPENDENCY_CHOICE = Object(
    Table(
        (
            Field(name="all", shape=_DEPENDENCY_LIST, doc="All of these must be in their states."),
            Field(name="any", shape=_DEPENDENCY_LIST, doc="One of these must be in its states."),
        )
    ),
    _Choice,
)


def _dependencies(what: str, value: Any, findings: Findings) -> Dependencies | None:  # noqa: ANN401
    if isinstance(value, tuple):
        return Dependencies(items=value)
    if value.all is not None and value.any is not None:
        place = value.any[0].name.span if value.any else value.all[0].name.span
        findings.add(
            mistakes.conflict(
                '"all" and "any" exclude each other in "steps"', place, "keep one of them"
            )
        )
        return None
    if value.all is None and value.any is None:
        return None
    return Dependencies(items=value.all or value.any or (), any=value.any is not None)


WHEN = Object(
    Table(
        (
            Field(name="branch", shape=_BRANCH, doc="Branches the step runs for, or does not."),
            Field(
                name="condition",
                shape=CONDITIONS,
                doc="Expressions that must be true, such as `'${{CF_BRANCH}}' == 'main'`.",
            ),
            Field(
                name="steps",
                shape=Parsed(OneOf(_DEPENDENCY_LIST, _DEPENDENCY_CHOICE), _dependencies),
                doc="Other steps that must be in some state: a list, or `all` or `any` of a list.",
            ),
        )
    ),
    When,
)


class _Members(Record):
    only: tuple[Text, ...] = ()
    ignore: tuple[Text, ...] = ()


_NAMES = ListOf(TEXT, at_least=1)
_MEMBERS = Object(
    Table(
        (
            Field(name="only", shape=_NAMES, doc="Steps that must succeed; others do not count."),
            Field(name="ignore", shape=_NAMES, doc="Steps that do not count."),
        )
    ),
    _Members,
)


class _Criteria(Record):
    steps: _Members | tuple[Text, ...] = ()
    condition: Conditions | None = None


def _criteria(what: str, value: _Criteria, findings: Findings) -> SuccessCriteria:
    listed = value.steps
    members = _Members(only=listed) if isinstance(listed, tuple) else listed
    return SuccessCriteria(only=members.only, ignore=members.ignore, condition=value.condition)


SUCCESS_CRITERIA = Parsed(
    Object(
        Table(
            (
                Field(
                    name="steps",
                    shape=OneOf(_NAMES, _MEMBERS),
                    doc="Steps whose results count: a list of those that must succeed, or `only` "
                    "and `ignore`.",
                ),
                Field(
                    name="condition", shape=CONDITIONS, doc="Expressions that must be true as well."
                ),
            )
        ),
        _Criteria,
    ),
    _criteria,
)
