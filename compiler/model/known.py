"""What is known of an expression before the run: its type, and perhaps its value."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from compiler.model.scope import Scope
from compiler.record import Record
from compiler.syntax.templates import Part
from freshet.evaluate import Object, Type, Value, type_of
from freshet.evaluate.values import to_units
from freshet.evaluate.words import read_word


class Known(Record):
    """What is known of an expression."""

    type: Type | None = None
    """None: any."""
    value: Value = None
    has_value: bool = False
    """Whether `value` is known."""
    constant: bool = True
    """Whether that value is the same in every run."""


NOTHING = Known()


def of_value(value: Value, *, constant: bool = True) -> Known:
    """Return what is known of a value."""
    value = to_units(value) if isinstance(value, str) else value
    return Known(type=type_of(value), value=value, has_value=True, constant=constant)


def of_object(*path: str) -> Known:
    """Return what is known of an object: which one it is."""
    return Known(type="object", value=Object(path))


def of_variable(name: str, scope: Scope) -> Known:
    """Return what is known of a bare name that is no object. Variables are strings."""
    value = scope.variables.get(name)
    return Known(type="string") if value is None else of_value(value, constant=False)


def of_quoted(parts: Sequence[Part], scope: Scope) -> Known:
    """Return what is known of a quoted string with holes."""
    text = _filled(parts, scope)
    return Known(type="string") if text is None else of_value(text, constant=False)


def of_unquoted(parts: Sequence[Part], scope: Scope) -> Known:
    """Return what is known of holes outside quotes.

    Raises:
        ExpressionError: their value cannot stand there.
    """
    text = _filled(parts, scope)
    word = None if text is None else read_word(text, "")
    return NOTHING if text is None or isinstance(word, tuple) else of_value(word, constant=False)


def of_result(
    type: Type | None, inner: Sequence[Known], compute: Callable[[Sequence[Value]], Value]
) -> Known:
    """Return what is known of an operation whose operands can stand there.

    Raises:
        ExpressionError: it has no value.
    """
    if not all(each.has_value for each in inner):
        return Known(type=type)
    value = compute([each.value for each in inner])
    return of_value(value, constant=all(each.constant for each in inner))


def _filled(parts: Sequence[Part], scope: Scope) -> str | None:
    texts = [part if isinstance(part, str) else scope.fold(part.text) for part in parts]
    return None if None in texts else "".join(text for text in texts if text is not None)
