"""Mistakes in how steps are put together: FR143 to FR149 and FR170 to FR189."""

from collections.abc import Collection, Sequence

from compiler.diagnostics import Diagnostic, Related, Severity
from compiler.mistakes.suggestions import nearest, which
from compiler.source import Span


def step_version_missing(step_type: str, span: Span) -> Diagnostic:
    """A step of a catalogue without a version."""
    return Diagnostic(
        code="FR143",
        severity=Severity.WARNING,
        message=f'the step type "{step_type}" has no version, so the newest one is used',
        span=span,
        help=f"write a version behind it, as in `{step_type}:1.2.3`: a new one may break the step",
        facts={"type": step_type},
    )


def bad_step_version(step_type: str, version: str, span: Span) -> Diagnostic:
    """A version of a step that is no semantic version."""
    return Diagnostic(
        code="FR144",
        severity=Severity.WARNING,
        message=f'"{version}" is no semantic version',
        span=span,
        help="write three numbers, as in `1.2.3`",
        facts={"type": step_type, "version": version},
    )


def deeper_line(span: Span) -> Diagnostic:
    """A line of a folded text that keeps its line breaks, being indented deeper."""
    return Diagnostic(
        code="FR146",
        severity=Severity.WARNING,
        message="this line is indented deeper, so its line breaks are kept in spite of `>-`",
        span=span,
        help="give all lines behind `>-` the same indentation",
    )


def arguments_ignored(found: str, span: Span) -> Diagnostic:
    """`arguments` that are no mapping."""
    return Diagnostic(
        code="FR147",
        severity=Severity.WARNING,
        message=f'"arguments" is {found} and has no effect',
        span=span,
        help="write a mapping from names to values",
        facts={"key": "arguments"},
    )


def tab(span: Span) -> Diagnostic:
    """A tab beside other blanks, which the platform refuses wherever it stands."""
    return Diagnostic(
        code="FR145",
        severity=Severity.WARNING,
        message="a tab stands beside other blanks here",
        span=span,
        help="use blanks only: the platform refuses the whole file",
    )


def no_steps(where: str, span: Span) -> Diagnostic:
    """A block without steps."""
    return Diagnostic(
        code="FR170",
        message=f'"steps" is required in {where} and must be a mapping with at least one step',
        span=span,
        facts={"key": "steps"},
    )


def approval_in_block(span: Span) -> Diagnostic:
    """An approval among steps that run at the same time."""
    return Diagnostic(
        code="FR171",
        message='"type" can\'t be `pending-approval` inside of a parallel block',
        span=span,
        help="put the approval before the block",
        facts={"key": "type"},
    )


def old_and_new_hooks(key: str, span: Span, hooks: Span) -> Diagnostic:
    """Notes in the older form beside hooks."""
    return Diagnostic(
        code="FR172",
        message=f'either "{key}" or "hooks" can be used, but not both',
        span=span,
        help=f"move what it says into `hooks`, under `{key}`",
        related=(Related(message="the hooks are here", span=hooks),),
        facts={"key": key},
    )


def sugar_conflict(first: str, second: str, span: Span) -> Diagnostic:
    """Two ways to make several steps of one."""
    return Diagnostic(
        code="FR173",
        message=f'"{first}" cannot stand beside "{second}"',
        span=span,
        help=f"remove `{first}`, or use `steps` of a step of type `parallel`",
        facts={"key": first},
    )


def too_many_children(key: str, count: int, limit: int, span: Span) -> Diagnostic:
    """More steps than `scale` or `matrix` may make."""
    return Diagnostic(
        code="FR174",
        message=f'"{key}" makes {count} steps; at most {limit} are allowed',
        span=span,
        facts={"key": key, "count": str(count), "limit": str(limit)},
    )


def too_much_made(key: str, span: Span) -> Diagnostic:
    """Copies of a large step that together are too large."""
    return Diagnostic(
        code="FR185",
        message=f'"{key}" makes more than can be read: this step is too large to be repeated so',
        span=span,
        help="make the step smaller, or have fewer of them",
        facts={"key": key},
    )


def cycle(names: Sequence[str], span: Span, others: Sequence[Span]) -> Diagnostic:
    """Steps that wait for each other."""
    path = " → ".join(f'"{name}"' for name in (*names, names[0]))
    return Diagnostic(
        code="FR175",
        message=f"these steps wait for each other and never start: {path}",
        span=span,
        help="remove one of the waits from `when.steps`",
        related=tuple(Related(message="and waits here", span=each) for each in others),
        facts={"steps": ", ".join(names)},
    )


def unlisted_name(name: str, what: str, span: Span, known: Collection[str]) -> Diagnostic:
    """A name in a list of steps, or of services, that is not there."""
    near = nearest(name, known)
    return Diagnostic(
        code="FR176",
        message=f'there is no {what} "{name}" here',
        span=span,
        help=which(name, known),
        facts={"step": name, **({"suggestion": near} if near else {})},
    )


def never_true(name: str, state: str, span: Span) -> Diagnostic:
    """A wait for a state that the step cannot be in any more."""
    return Diagnostic(
        code="FR177",
        severity=Severity.WARNING,
        message=f'"{name}" has no state yet when this is looked at: steps run in order',
        span=span,
        help="move this step behind it, or use `mode: parallel`",
        facts={"step": name, "state": state},
    )


def hard_to_address(name: str, why: str, span: Span) -> Diagnostic:
    """A name of a step that expressions cannot say."""
    return Diagnostic(
        code="FR178",
        severity=Severity.WARNING,
        message=f'the name "{name}" {why}',
        span=span,
        help="use another name",
        facts={"step": name},
    )


def retried_block(span: Span) -> Diagnostic:
    """`retry` on a block, whose steps would be tried again one by one."""
    return Diagnostic(
        code="FR179",
        message='"retry" is not allowed on a block of steps',
        span=span,
        help="put it on the steps themselves",
        facts={"key": "retry"},
    )


def bad_words(key: str, problem: str, span: Span) -> Diagnostic:
    """A command that cannot be split into words as a shell does."""
    return Diagnostic(
        code="FR180",
        message=f'"{key}" cannot be split into words: {problem}',
        span=span,
        help="write a list of words",
        facts={"key": key},
    )


def bad_mount(volume: str, problem: str, span: Span) -> Diagnostic:
    """A mount that no container can get."""
    return Diagnostic(
        code="FR181",
        message=f'"{volume}" cannot be mounted: {problem}',
        span=span,
        help="name a directory of the workspace, such as `./cache:/root/.cache`",
        facts={"key": "volumes", "value": volume},
    )


def unknown_variable(name: str, suggestion: str, span: Span) -> Diagnostic:
    """A reference to a variable that nobody is known to set."""
    return Diagnostic(
        code="FR182",
        severity=Severity.NOTE,
        message=f'"{name}" is no known variable or step',
        span=span,
        help=f'did you mean "{suggestion}"?',
        facts={"variable": name, "suggestion": suggestion},
    )


def image_unknown_yet(step: str, span: Span) -> Diagnostic:
    """Services of the pipeline start before any step has built their image."""
    return Diagnostic(
        code="FR183",
        message=f'the services start before the step "{step}" has built its image',
        span=span,
        help="attach the services to the steps behind it",
        facts={"step": step},
    )


def extra_effect(message: str, span: Span, help: str = "") -> Diagnostic:
    """Keys that work together otherwise than they read."""
    return Diagnostic(
        code="FR184", severity=Severity.WARNING, message=message, span=span, help=help
    )
