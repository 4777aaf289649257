"""Mistakes in keys and values: FR110 to FR129."""

from collections.abc import Collection, Iterable

from compiler.diagnostics import Diagnostic, Related
from compiler.mistakes.nearest import nearest
from compiler.source import Span

_QUOTABLE = frozenset({"a number", "a boolean"})
"""Types that quotes turn into a string."""


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


def missing_key(key: str, span: Span, where: str) -> Diagnostic:
    """A key that must be there."""
    return Diagnostic(
        code="FR111",
        message=f'"{key}" is required in {where}',
        span=span,
        facts={"key": key, "where": where},
    )


def wrong_type(what: str, expected: str, found: str, span: Span) -> Diagnostic:
    """A value of another type."""
    return Diagnostic(
        code="FR112",
        message=f'"{what}" must be {expected}, but is {found}',
        span=span,
        help="put it in quotes" if expected == "a string" and found in _QUOTABLE else "",
        facts={"key": what, "expected": expected, "found": found},
    )


def wrong_value(what: str, value: str, allowed: Iterable[str], span: Span) -> Diagnostic:
    """A value that is none of the allowed ones."""
    choices = ", ".join(f"`{each}`" for each in allowed)
    return Diagnostic(
        code="FR113",
        message=f'"{what}" is "{value}"',
        span=span,
        help=f"expected {choices}",
        facts={"key": what, "value": value},
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
    return Diagnostic(
        code="FR118",
        message=f'the stage "{stage}" is not listed in "stages"',
        span=span,
        help=f'did you mean "{near}"?' if near else "add it to `stages` at the top",
        facts={"stage": stage},
    )


def not_supported(feature: str, span: Span) -> Diagnostic:
    """Part of the language that this version cannot run."""
    return Diagnostic(
        code="FR119",
        message=f"{feature} is not supported by this version of Freshet yet",
        span=span,
        facts={"feature": feature},
    )


def unknown_step_type(found: str, span: Span, known: Collection[str]) -> Diagnostic:
    """A type of step that is nowhere defined."""
    near = nearest(found, known)
    return Diagnostic(
        code="FR120",
        message=f'there is no step type "{found}" that Freshet can run',
        span=span,
        help=f'did you mean "{near}"?' if near else "",
        facts={"type": found},
    )


def empty_text(what: str, span: Span) -> Diagnostic:
    """A string that must say something."""
    return Diagnostic(
        code="FR121", message=f'"{what}" must not be empty', span=span, facts={"key": what}
    )
