"""Reads the conditions that nearly all pipelines have, without Lark.

Importing Lark and building its parser takes as long as all the rest of a check. What is plain:
comparisons with `==` and `!=`, joined by `&&` or by `||`, of texts, names, members and calls.
Whatever else there is, even a mistake, is left to the grammar; tests hold the two together.
"""

from __future__ import annotations

import re

from compiler.syntax.condition_tree import (
    MAX_DEPTH,
    Call,
    Expression,
    Literal,
    Member,
    Name,
    Operation,
    Quoted,
    operation,
    quoted,
)
from compiler.syntax.templates import Hole
from freshet.evaluate.words import CONSTANTS

_TOKEN = re.compile(
    r"""[ \t\r\n]*+(?:
      (?P<text>'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*+)
    | (?P<sign>==(?!=)|!=(?!=)|&&|\|\||[!(),.])
    | (?P<end>\Z)
    | (?P<rest>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_END = ""


class _NotPlain(Exception):
    """The condition is for the grammar."""


def read_plain(text: str) -> Expression | None:
    """Return the tree of a plain condition; None: it is none."""
    try:
        return _Reader(text).whole()
    except _NotPlain:
        return None


class _Reader:
    """Reads one condition, token by token."""

    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.finditer(text)
        self._next()

    def whole(self) -> Expression:
        terms = [self._comparison()]
        sign, start = self._token, self._start
        while self._token != _END:
            if sign not in ("&&", "||"):
                raise _NotPlain
            self._take(sign)
            terms.append(self._comparison())
        return operation(sign, start, terms) if len(terms) > 1 else terms[0]

    def _comparison(self) -> Expression:
        left = self._operand(MAX_DEPTH)
        if self._token not in ("==", "!="):
            return left
        sign, start = self._token, self._start
        self._take(sign)
        return operation(sign, start, [left, self._operand(MAX_DEPTH)])

    def _operand(self, depth: int) -> Expression:
        if depth == 0:
            raise _NotPlain
        kind, token, start, end = self._kind, self._token, self._start, self._end
        self._next()
        if kind == "text":
            return _plain_text(quoted(token[1:-1], start, end))
        if token == "!":
            inner = self._operand(depth - 1)
            return Operation(
                operator="!", operands=(inner,), operator_start=start, start=start, end=inner.end
            )
        if kind != "name" or token == "this":
            raise _NotPlain
        if token in CONSTANTS:
            return Literal(value=CONSTANTS[token], start=start, end=end)
        if self._token == "(":
            return self._call(token, start, depth)
        return self._members(Name(name=token, start=start, end=end))

    def _call(self, function: str, start: int, depth: int) -> Expression:
        arguments: list[Expression] = []
        self._take("(")
        while self._token != ")":
            if arguments:
                self._take(",")
            arguments.append(self._operand(depth - 1))
        end = self._end
        self._take(")")
        return Call(function=function, arguments=tuple(arguments), start=start, end=end)

    def _members(self, owner: Expression) -> Expression:
        while self._token == ".":
            self._next()
            if self._kind != "name":
                raise _NotPlain
            owner = Member(object=owner, name=self._token, start=owner.start, end=self._end)
            self._next()
        return owner

    def _take(self, token: str) -> None:
        if self._token != token:
            raise _NotPlain
        self._next()

    def _next(self) -> None:
        match = next(self._tokens, None)
        if match is None or match.lastgroup is None:
            raise _NotPlain
        self._kind = match.lastgroup
        self._token = match[self._kind]
        self._start, self._end = match.span(self._kind)


def _plain_text(tree: Literal | Quoted) -> Literal | Quoted:
    r"""Return a text in whose holes no sign ends or escapes anything."""
    for part in tree.parts if isinstance(tree, Quoted) else (str(tree.value),):
        if "\\" in part.text if isinstance(part, Hole) else "${{" in part:
            raise _NotPlain
    return tree
