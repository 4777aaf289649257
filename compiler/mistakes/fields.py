"""Mistakes in keys and values: FR110 to FR129."""

from collections.abc import Collection

from compiler.diagnostics import Diagnostic, Related, Severity
from compiler.mistakes.suggestions import nearest
from compiler.source import Span

_QUOTABLE = ("a number", "a boolean", "the number", "the boolean")
"""Begins what is told of values that quotes turn into a string."""


def unknown_key(key: str, span: Span, known: Collection[str], where: str) -> Diagnostic:
    """A key that does not belong there."""
    near = nearest(key, known)
    return Diagnostic(
        code="FR110",
        message=f'"{key}" is not allowed in {where}',
        span=span,
        help=f'did you mean "{near}"?' if near else "remove it",
        facts={"key": key, "where": where, **({"suggestion": near} if near else {})},
    )


def missing_key(key: str, span: Span, where: str, help: str = "") -> Diagnostic:
    """A key that must be there."""
    return Diagnostic(
        code="FR111",
        message=f'"{key}" is required in {where}',
        span=span,
        help=help,
        facts={"key": key, "where": where},
    )


def wrong_type(what: str, expected: str, found: str, span: Span, help: str = "") -> Diagnostic:
    """A value of another type."""
    quotable = expected == "a string" and found.startswith(_QUOTABLE)
    return Diagnostic(
        code="FR112",
        message=f'"{what}" must be {expected}, but is {found}',
        span=span,
        help=help or ("put it in quotes" if quotable else ""),
        facts={"key": what, "expected": expected, "found": found},
    )


def collection_as_key(span: Span) -> Diagnostic:
    """A mapping or a list in the place of a key, such as the inner braces of `{{NAME}}`."""
    return Diagnostic(
        code="FR112",
        message="a key must be a string, but is a mapping or a list",
        span=span,
        help="a variable is written `${{NAME}}`; other text with braces needs quotes",
        facts={"expected": "a string"},
    )


def wrong_value(what: str, value: str, allowed: Collection[str], span: Span) -> Diagnostic:
    """A value that is none of the allowed ones."""
    choices = ", ".join(f"`{each}`" for each in allowed)
    near = nearest(value, allowed)
    return Diagnostic(
        code="FR113",
        message=f'"{what}" cannot be "{value}"',
        span=span,
        help=f'did you mean "{near}"? Expected {choices}' if near else f"expected {choices}",
        facts={"key": what, "value": value, **({"suggestion": near} if near else {})},
    )


def wrong_form(what: str, value: str, form: str, span: Span) -> Diagnostic:
    """A string that does not have the form that is asked for."""
    return Diagnostic(
        code="FR122",
        message=f'"{what}" cannot be "{value[:60]}"',
        span=span,
        help=f"expected {form}",
        facts={"key": what, "value": value[:60]},
    )


def too_few_items(what: str, least: int, span: Span) -> Diagnostic:
    """A list or mapping with less than it needs."""
    return Diagnostic(
        code="FR123",
        message=f'"{what}" needs at least {least} item{"s" if least > 1 else ""}',
        span=span,
        help="add one, or leave the key out",
        facts={"key": what},
    )


def unread_key(key: str, span: Span, known: Collection[str], where: str) -> Diagnostic:
    """A key without effect on a step of a type that takes any."""
    near = nearest(key, known)
    return Diagnostic(
        code="FR142",
        severity=Severity.WARNING,
        message=f'"{key}" is not known in {where} and has no effect',
        span=span,
        help=f'did you mean "{near}"?' if near else "remove it",
        facts={"key": key, **({"suggestion": near} if near else {})},
    )


def two_spellings(spellings: tuple[str, str], name: str, span: Span, first: Span) -> Diagnostic:
    """The same key with a hyphen and with an underscore."""
    return Diagnostic(
        code="FR114",
        message=f'"{spellings[0]}" and "{spellings[1]}" are the same key',
        span=span,
        help=f'keep "{name}"',
        related=(Related(message="the other one is here", span=first),),
        facts={"key": name},
    )


def wrong_version(found: str, span: Span) -> Diagnostic:
    """A version that is not 1.0."""
    return Diagnostic(
        code="FR115",
        message=f'the version "{found}" is not known',
        span=span,
        help="write `version: '1.0'`",
        facts={"version": found},
    )


def bad_step_name(name: str, problem: str, span: Span) -> Diagnostic:
    """A name that no step may have."""
    return Diagnostic(
        code="FR116",
        message=f'"{name[:60]}" is no name for a step: it {problem}',
        span=span,
        help="use at most 150 characters, none of them . # $ [ ]",
        facts={"step": name},
    )


def repeated_step_name(name: str, span: Span, first: Span) -> Diagnostic:
    """Two steps of one name."""
    return Diagnostic(
        code="FR117",
        message=f'there is another step "{name}"',
        span=span,
        related=(Related(message="first defined here", span=first),),
        facts={"step": name},
    )


def unknown_stage(stage: str, span: Span, stages: Collection[str]) -> Diagnostic:
    """A stage that `stages` does not list."""
    near = nearest(stage, stages)
    help = f'did you mean "{near}"?' if near else "add it to `stages` at the top of the file"
    if "${{" in stage:
        help = "write the stage itself: steps are put into stages before any variable is known"
    return Diagnostic(
        code="FR118",
        message=f'the stage "{stage}" is not listed in "stages"',
        span=span,
        help=help,
        facts={"stage": stage, **({"suggestion": near} if near else {})},
    )


def not_run_yet(feature: str, count: int, span: Span) -> Diagnostic:
    """Part of the language that the runner of this version refuses."""
    times = f" ({count} times in this file)" if count > 1 else ""
    return Diagnostic(
        code="FR119",
        severity=Severity.NOTE,
        message=f"the runner of this version does not do {feature} yet{times}",
        span=span,
        help="the plan says it all the same; `freshet run` will refuse it by name",
        facts={"feature": feature, "count": str(count)},
    )


def unknown_step_type(found: str, suggestion: str, span: Span) -> Diagnostic:
    """A type of step that is much like a known one: others are steps of a catalogue."""
    return Diagnostic(
        code="FR120",
        severity=Severity.WARNING,
        message=f'there is no step type "{found}", so it is taken for a step of a catalogue',
        span=span,
        help=f'did you mean "{suggestion}"?',
        facts={"type": found, "suggestion": suggestion},
    )


def empty_text(what: str, span: Span) -> Diagnostic:
    """A string that must say something."""
    return Diagnostic(
        code="FR121", message=f'"{what}" must not be empty', span=span, facts={"key": what}
    )
