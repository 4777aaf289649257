"""What a syntax error of a condition means."""

from __future__ import annotations

from lark.exceptions import UnexpectedInput, UnexpectedToken

from compiler.syntax.condition_tree import (
    ConditionError,
)

_OPERANDS = frozenset({"NAME", "NUMBER", "STRING", "FILLED", "MALFORMED", "OPEN", "OPEN_LIST"})
_OPERATORS = frozenset({"OR", "AND", "EQUALITY", "COMPARISON", "FACTOR", "FOREIGN", "QUESTION"})
_MISSING_AT_THE_END = {"CLOSE": ")", "CLOSE_LIST": "]", "COLON": ":"}
_MAX_SHOWN_LENGTH = 40
_WORDS_MEANT = {"and": "write `&&`", "or": "write `||`", "not": "write `!`"}
_SIGNS_MEANT = {
    "=": "compare with `==`",
    "`": "put text into `'…'` or `\"…\"`",
    "{": "a variable is written `${{NAME}}`",
    "}": "a variable is written `${{NAME}}`",
}


def explained(text: str, error: UnexpectedInput) -> ConditionError:
    """Return what to tell the user."""
    if not isinstance(error, UnexpectedToken):
        return _unexpected_character(text, error.pos_in_stream or 0)
    if error.token.type == "$END":
        return _unexpected_end(text, error)
    return _unexpected_token(error)


def _unexpected_character(text: str, start: int) -> ConditionError:
    if text[start] in "'\"":
        return ConditionError("this text has no closing quote", start, len(text))
    if text.startswith("${{", start):
        return names_nothing(start, start + len("${{"))
    sign = text[start]
    return ConditionError(f'unexpected "{sign}"', start, start + 1, _SIGNS_MEANT.get(sign, ""))


def _unexpected_end(text: str, error: UnexpectedToken) -> ConditionError:
    end = len(text.rstrip())
    start = max(end - 1, 0)
    for terminal, sign in _MISSING_AT_THE_END.items():
        if terminal in error.expected:
            return ConditionError(f'the condition ends where a "{sign}" is missing', start, end)
    return ConditionError("the condition ends where a value is missing", start, end)


def _unexpected_token(error: UnexpectedToken) -> ConditionError:
    token = error.token
    start = token.start_pos or 0
    end = start + len(token)
    complete = _OPERANDS.isdisjoint(error.expected)
    if complete and token.type in _OPERANDS:
        help = _WORDS_MEANT.get(token, "join them with `&&` or `||`; put text into quotes")
        return ConditionError("two expressions stand side by side", start, end, help)
    if not complete and token.type in _OPERATORS:
        return ConditionError(f'a value is missing before "{token}"', start, end)
    return ConditionError(f'unexpected "{shortened(token)}"', start, end)


def names_nothing(start: int, end: int) -> ConditionError:
    """A hole outside quotes that is no reference."""
    help = "write `${{NAME}}` or `${{step.member}}`"
    return ConditionError("this reference names nothing", start, end, help)


def shortened(text: str) -> str:
    """Return a part of the condition, for a message."""
    return text if len(text) <= _MAX_SHOWN_LENGTH else f"{text[:_MAX_SHOWN_LENGTH]}…"
