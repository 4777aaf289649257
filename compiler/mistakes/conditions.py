"""Mistakes in conditions: FR150 to FR169.

An expression that has no value counts as false, so most of these are warnings: the pipeline runs,
but hardly as it was meant.
"""

from collections.abc import Collection

from compiler.diagnostics import Diagnostic, Severity
from compiler.mistakes.suggestions import nearest
from compiler.source import Span

_ALWAYS_FALSE = "so the condition counts as false"


def unreadable_condition(message: str, span: Span, help: str) -> Diagnostic:
    """A text that is no expression."""
    return _warning("FR150", f"{message}, {_ALWAYS_FALSE}", span, help)


def too_long_condition(message: str, span: Span, help: str) -> Diagnostic:
    """A condition that is longer than the language lets it be."""
    return Diagnostic(code="FR150", message=message, span=span, help=help)


def unknown_function(name: str, span: Span, known: Collection[str]) -> Diagnostic:
    """A call of a function that is not there."""
    help = _did_you_mean(name, known) or f"there are {', '.join(known)}"
    message = f'there is no function "{name}", {_ALWAYS_FALSE}'
    return _warning("FR151", message, span, help, function=name)


def wrong_argument(reason: str, span: Span, parameters: str) -> Diagnostic:
    """A call with arguments that the function cannot take."""
    return _warning("FR152", _failing(reason), span, f"it takes {parameters}")


def wrong_operands(operator: str, left: str, right: str, span: Span, help: str) -> Diagnostic:
    """Values that an operator cannot take together."""
    given = f"a {left}" if not right else f"a {left} and a {right}"
    message = f"`{operator}` cannot take {given}, {_ALWAYS_FALSE}"
    return _warning("FR153", message, span, help, operator=operator, left=left, right=right)


def unknown_name(name: str, span: Span, known: Collection[str], help: str) -> Diagnostic:
    """A name that is no step, and no variable that is known before the run."""
    help = _did_you_mean(name, known) or help
    message = f'there is no step or variable "{name}" before the run'
    return _warning("FR154", message, span, help, name=name)


def unknown_member(owner: str, name: str, span: Span, known: Collection[str]) -> Diagnostic:
    """A member that its object does not have."""
    message = f'{owner} has no member "{name}", {_ALWAYS_FALSE}'
    return _warning("FR155", message, span, _did_you_mean(name, known), member=name)


def impossible_result(word: str, suggestion: str, span: Span, known: Collection[str]) -> Diagnostic:
    """A comparison with what can never be a result."""
    suggestion = suggestion or nearest(word, known)
    help = f'did you mean "{suggestion}"?' if suggestion else f"results are {', '.join(known)}"
    return _warning("FR156", f'no result is ever "{word}"', span, help, word=word)


def unquoted_variable(text: str, span: Span) -> Diagnostic:
    """A hole outside quotes in the place of text."""
    message = f"the value of {text} is not read as text, since it stands outside quotes"
    return _warning("FR157", message, span, f'write "{text}", quotes included', variable=text)


def name_with_hyphen(name: str, span: Span, help: str) -> Diagnostic:
    """The name of a step or variable that reads as a subtraction."""
    message = f'"{name}" reads as a subtraction, {_ALWAYS_FALSE}'
    return _warning("FR158", message, span, help, name=name)


def strict_equality(operator: str, span: Span) -> Diagnostic:
    """An operator of JavaScript that the language does not have; it is read as the other one."""
    message = f"`{operator}` is read as `{operator[:2]}`"
    return _warning("FR159", message, span, f"write `{operator[:2]}`", operator=operator)


def always(truth: bool, span: Span, help: str) -> Diagnostic:
    """A condition that depends on nothing."""
    return _warning("FR160", f"the condition is always {'true' if truth else 'false'}", span, help)


def text_as_condition(span: Span) -> Diagnostic:
    """A text in the place of a truth value."""
    message = 'text counts as true unless it is empty, and so does "false"'
    return _warning("FR161", message, span, 'compare it: `"…" == "true"`')


def always_fails(reason: str, span: Span, help: str = "") -> Diagnostic:
    """An expression that never has a value."""
    return _warning("FR162", _failing(reason), span, help)


def bad_pattern(reason: str, span: Span, severity: Severity) -> Diagnostic:
    """A regular expression that cannot be used."""
    return Diagnostic(
        code="FR163",
        severity=severity,
        message=f"this regular expression cannot be used: {reason}",
        span=span,
        facts={"reason": reason},
    )


def plain_pattern(text: str, sign: str, span: Span) -> Diagnostic:
    """A branch that is compared letter by letter, with a sign that no branch has."""
    message = f'no branch is ever "{text}": its name cannot contain "{sign}"'
    help = "put a regular expression between slashes, as in `/^feature\\/.*/`"
    return _warning("FR164", message, span, help, pattern=text)


def _failing(reason: str) -> str:
    return f"{reason[:1].lower()}{reason[1:].rstrip('.')}, {_ALWAYS_FALSE}"


def _did_you_mean(name: str, known: Collection[str]) -> str:
    near = nearest(name, known)
    return f'did you mean "{near}"?' if near else ""


def _warning(code: str, message: str, span: Span, help: str, **facts: str) -> Diagnostic:
    return Diagnostic(
        code=code, severity=Severity.WARNING, message=message, span=span, help=help, facts=facts
    )
