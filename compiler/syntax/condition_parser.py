"""Text → tree of a condition, with Lark.

The tree is made while the parser goes, without recursion: no depth of the text can exhaust it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NoReturn

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput

from compiler.syntax.condition_errors import explained, names_nothing, shortened
from compiler.syntax.condition_tree import (
    Call,
    ConditionError,
    Expression,
    Literal,
    Member,
    Name,
    Operation,
    Unquoted,
    operation,
    quoted,
)
from compiler.syntax.templates import read_template
from freshet.evaluate.words import CONSTANTS


def parse(text: str) -> Expression:
    """Return the tree of a condition, however deep.

    Raises:
        ConditionError: it cannot be read.
    """
    try:
        # With a transformer inside the parser, the answer is what its callbacks return.
        return _parser().parse(text)  # type: ignore[return-value]
    except UnexpectedInput as error:
        raise explained(text, error) from None


@cache
def _parser() -> Lark:
    grammar = Path(__file__).with_name("conditions.lark").read_text(encoding="utf-8")
    return Lark(
        grammar, parser="lalr", lexer="basic", maybe_placeholders=False, transformer=_Builder()
    )


@v_args(inline=True)
class _Builder(Transformer[Token, Expression]):
    """Makes a node of what a rule of the grammar has read; methods are named by the rules."""

    def nothing(self) -> Expression:
        return Literal(value=False, start=0, end=0)

    def chain(self, first: Expression, *rest: Expression | Token) -> Expression:
        signs = [sign for sign in rest if isinstance(sign, Token)]
        others = [operand for operand in rest if not isinstance(operand, Token)]
        operands, sign = [first], signs[0]
        for next_sign, operand in zip(signs, others, strict=True):
            if next_sign != sign:
                operands, sign = [operation(sign.value, _start(sign), operands)], next_sign
            operands.append(operand)
        return operation(sign.value, _start(sign), operands)

    disjunction = conjunction = equality = comparison = sum = product = chain

    def prefix(self, sign: Token, operand: Expression) -> Expression:
        if sign == "~":
            _refuse_operator(sign)
        name = "!" if sign == "!" else f"u{sign}"
        start = _start(sign)
        return Operation(
            operator=name, operands=(operand,), operator_start=start, start=start, end=operand.end
        )

    def number(self, token: Token) -> Expression:
        return Literal(value=float(token), start=_start(token), end=_end(token))

    def quoted(self, token: Token) -> Expression:
        return quoted(token[1:-1], _start(token), _end(token))

    def name(self, token: Token) -> Expression:
        start, end = _start(token), _end(token)
        if token == "this":
            raise ConditionError("conditions know no `this`", start, end)
        if token in CONSTANTS:
            return Literal(value=CONSTANTS[token], start=start, end=end)
        return Name(name=str(token), start=start, end=end)

    def unquoted(self, token: Token) -> Expression:
        start, end = _start(token), _end(token)
        parts = read_template(str(token))
        if all(isinstance(part, str) for part in parts):
            raise names_nothing(start, end)
        return Unquoted(parts=parts, start=start, end=end)

    def group(self, opening: Token, inner: Expression, closing: Token) -> Expression:
        return inner.replaced(start=_start(opening), end=_end(closing))

    def member(self, owner: Expression, name: Token) -> Expression:
        return Member(object=owner, name=str(name), start=owner.start, end=_end(name))

    def call(self, function: Expression, _: Token, *rest: Expression | Token) -> Expression:
        *arguments, closing = rest
        assert isinstance(closing, Token)
        if not isinstance(function, Name):
            raise ConditionError(
                "only a function can be called, by its name",
                function.start,
                function.end,
                "write `length(x)`, not `x.length()`" if isinstance(function, Member) else "",
            )
        return Call(
            function=function.name,
            arguments=tuple(each for each in arguments if not isinstance(each, Token)),
            start=function.start,
            end=_end(closing),
        )

    def subscript(self, owner: Expression, _: Token, key: Expression, closing: Token) -> Expression:
        if isinstance(key, Name):  # the language takes the word itself, not its value
            return Member(object=owner, name=key.name, start=owner.start, end=_end(closing))
        raise ConditionError(
            "a member has no brackets around its name",
            owner.start,
            _end(closing),
            'write `a.b`, or `Member(a, "b")` for a name with other signs than letters and digits',
        )

    def list(self, opening: Token, *rest: Expression | Token) -> NoReturn:
        closing = rest[-1]
        assert isinstance(closing, Token)
        raise ConditionError(
            "conditions know no lists", _start(opening), _end(closing), "compare with each value"
        )

    def ternary(self, condition: Expression, *rest: Expression | Token) -> NoReturn:
        other = rest[-1]
        assert not isinstance(other, Token)
        raise ConditionError(
            "conditions know no `?:`", condition.start, other.end, "write `a && b || !a && c`"
        )

    def foreign_operator(self, _: Expression, sign: Token, *__: Expression) -> NoReturn:
        _refuse_operator(sign)

    def malformed(self, token: Token) -> NoReturn:
        raise ConditionError(
            f'"{shortened(token)}" is neither a number nor a name',
            _start(token),
            _end(token),
            "put quotes around it if it is text",
        )


_OPERATORS_MEANT = {"|": "write `||`", "&": "write `&&`", "^": "write `!=`", "~": "write `!`"}


def _refuse_operator(sign: Token) -> NoReturn:
    message = f"conditions know no operator `{sign}`"
    raise ConditionError(message, _start(sign), _end(sign), _OPERATORS_MEANT.get(sign, ""))


def _start(token: Token) -> int:
    assert token.start_pos is not None
    return token.start_pos


def _end(token: Token) -> int:
    assert token.end_pos is not None
    return token.end_pos
