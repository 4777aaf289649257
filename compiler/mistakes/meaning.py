"""Mistakes in what steps refer to and mean: FR130 to FR149."""

from collections.abc import Collection

from compiler.diagnostics import Diagnostic, Related, Severity
from compiler.mistakes.suggestions import nearest, which
from compiler.source import Span


def unknown_step(name: str, span: Span, known: Collection[str]) -> Diagnostic:
    """A reference to a step that is not there."""
    known = [each for each in known if "#" not in each]  # nobody can write the ids in hooks
    near = nearest(name, known)
    return Diagnostic(
        code="FR130",
        message=f'there is no step "{name}"',
        span=span,
        help=which(name, known),
        facts={"step": name, **({"suggestion": near} if near else {})},
    )


def variable_or_step(name: str, suggestion: str, span: Span) -> Diagnostic:
    """An unknown variable in the place of an image, with a name much like that of a step."""
    return Diagnostic(
        code="FR140",
        severity=Severity.WARNING,
        message=f'there is no step "{name}", so this is the variable of that name',
        span=span,
        help=f'did you mean the step "{suggestion}"?',
        facts={"variable": name, "suggestion": suggestion},
    )


def later_step(
    name: str, span: Span, step: Span, severity: Severity = Severity.ERROR
) -> Diagnostic:
    """A reference to a step that comes later."""
    return Diagnostic(
        code="FR131",
        severity=severity,
        message=f'the step "{name}" comes later than this one',
        span=span,
        help="move it before this step",
        related=(Related(message="it is here", span=step),),
        facts={"step": name},
    )


def step_without_image(name: str, type_name: str, span: Span, step: Span) -> Diagnostic:
    """The image of a step that makes none."""
    return Diagnostic(
        code="FR132",
        message=f'the step "{name}" of type "{type_name}" makes no image',
        span=span,
        help="name a build or push step, or an image",
        related=(Related(message="it is here", span=step),),
        facts={"step": name},
    )


def bad_tag(tag: str, span: Span) -> Diagnostic:
    """A tag that Docker refuses."""
    return Diagnostic(
        code="FR133",
        message=f'"{tag}" is no legal tag',
        span=span,
        help="use at most 128 letters, digits, `_`, `.` or `-`, beginning with neither of the last "
        "two",
        facts={"tag": tag},
    )


def conflict(message: str, span: Span, help: str = "", *, key: str = "") -> Diagnostic:
    """Keys that cannot go together."""
    facts = {"key": key} if key else {}
    return Diagnostic(code="FR134", message=message, span=span, help=help, facts=facts)


def upper_case_image_name(name: str, suggestion: str, span: Span) -> Diagnostic:
    """An image name with upper-case letters, which Docker refuses."""
    return Diagnostic(
        code="FR135",
        severity=Severity.WARNING,
        message=f'"image_name" should be in lowercase: "{name}"',
        span=span,
        help=f'write "{suggestion}"',
        facts={"image_name": name, "suggestion": suggestion},
    )


def mixed_candidate(span: Span) -> Diagnostic:
    """A candidate that is part step and part text."""
    return Diagnostic(
        code="FR136",
        message="the image of a step cannot have text around it",
        span=span,
        help="write `candidate: ${{step}}`, and the tag in `tag`",
    )


def ignored_time_limit(
    text: str, span: Span, form: str = "write a number and `s`, `m` or `h`, as in `90s`"
) -> Diagnostic:
    """A time limit that cannot be read."""
    return Diagnostic(
        code="FR137",
        severity=Severity.WARNING,
        message=f'the timeout "{text}" is ignored',
        span=span,
        help=form,
        facts={"timeout": text},
    )


def clamped_retry(key: str, value: float, limit: float, span: Span) -> Diagnostic:
    """A number of `retry` outside its range."""
    return Diagnostic(
        code="FR138",
        severity=Severity.WARNING,
        message=f'"{key}" is {value:g}; {limit:g} is used',
        span=span,
        facts={"key": key},
    )


def both_tag_and_tags(span: Span, help: str) -> Diagnostic:
    """`tag` and `tags` on a push step, where the language means one of the two."""
    return Diagnostic(
        code="FR139",
        severity=Severity.WARNING,
        message='"tag" stands beside "tags"',
        span=span,
        help=help,
    )


def key_without_effect(key: str, span: Span, known: Collection[str]) -> Diagnostic:
    """A key of a pipeline resource that says nothing about the pipeline itself."""
    near = nearest(key, known)
    return Diagnostic(
        code="FR141",
        severity=Severity.WARNING,
        message=f'"{key}" has no effect here: only the pipeline in "spec" is read',
        span=span,
        help=f'did you mean "{near}"?' if near else "",
        facts={"key": key, **({"suggestion": near} if near else {})},
    )
