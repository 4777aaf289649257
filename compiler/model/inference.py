"""Follows types and values through a condition, and notes what cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import assert_never

from compiler import mistakes
from compiler.diagnostics import Diagnostic, Severity
from compiler.language.values import Text
from compiler.language.variables import SYSTEM_VARIABLES, is_system_variable
from compiler.model import known
from compiler.model.known import NOTHING, Known
from compiler.model.results import impossible_results
from compiler.model.scope import Scope
from compiler.source import Span
from compiler.syntax.condition_tree import (
    Call,
    Expression,
    Literal,
    Member,
    Name,
    Operation,
    Quoted,
    Unquoted,
)
from freshet.evaluate import (
    FUNCTION_NAMES,
    FUNCTIONS,
    OPERATORS,
    ExpressionError,
    Object,
    PatternError,
    Type,
    Value,
)
from freshet.evaluate.functions import argument_mistake, call_function
from freshet.evaluate.operators import apply_operator, type_mistake
from freshet.evaluate.patterns import compiled
from freshet.evaluate.values import to_text
from freshet.members import MEMBER_GROUPS, MEMBERS, MEMBERS_BY_ALIAS, OBJECTS

_HYPHENATED = re.compile(r"(?<![\w$-])(?P<name>[\w$]++(?:-[\w$]++)++)(?:\.(?P<member>\w++))?")
_HELP_FOR_TYPES = {
    frozenset({"string", "number"}): "make a number of the text with `Number(…)`, or put both into "
    "quotes",
    frozenset({"string", "boolean"}): "put both into quotes",
    frozenset({"string", "null"}): "put both into quotes",
}
_STRICT = {"===": "==", "!==": "!="}


class Inference:
    """What is known of the parts of one condition."""

    def __init__(self, text: Text, scope: Scope) -> None:
        self._text = text
        self._scope = scope
        self.found: list[Diagnostic] = []
        """The mistakes in the parts looked at so far."""

    def known(self, tree: Expression) -> Known:
        """Return what is known of the value of an expression; note its mistakes."""
        match tree:
            case Literal(value=value):
                return known.of_value(value)
            case Name(name=name):
                return self._name(name, self._span(tree), "put quotes around it if it is text")
            case Member(object=owner, name=name):
                return self._member(self.known(owner), name, self._span(tree))
            case Quoted(parts=parts):
                return known.of_quoted(parts, self._scope)
            case Unquoted():
                return self._unquoted(tree)
            case Operation():
                return self._operation(tree)
            case Call():
                return self._call(tree)
            case _:
                assert_never(tree)

    def _name(self, name: str, span: Span, help: str = "") -> Known:
        if name in OBJECTS:
            return known.of_object(name)
        if self._scope.has_step(name):
            return known.of_object("steps", name)
        if name not in self._scope.variables and not is_system_variable(name):
            names = {*OBJECTS, *self._scope.step_types, *self._scope.variables, *SYSTEM_VARIABLES}
            self.found.append(mistakes.unknown_name(name, span, sorted(names), help))
            return NOTHING
        return known.of_variable(name, self._scope)

    def _member(self, owner: Known, name: str, span: Span) -> Known:
        match owner.value if owner.type == "object" else None:
            case Object(path=("steps",)):
                if self._scope.has_step(name):
                    return known.of_object("steps", name)
                return self._no_member("`steps`", name, span, tuple(self._scope.step_types))
            case Object(path=("steps", step)):
                if name in MEMBER_GROUPS:
                    return known.of_object("steps", step, name)
                if name in MEMBERS or name in MEMBERS_BY_ALIAS:
                    return Known(type="string")
                return self._no_member(f'the step "{step}"', name, span, MEMBERS)
            case Object(path=("workflow",)) if MEMBERS_BY_ALIAS.get(name, name) != "result":
                return self._no_member("`workflow`", name, span, ("result",))
            case Object():
                return Known(type="string")
        if owner.type == "string" and name == "length":
            return Known(type="number")
        return self._no_member(f"a {owner.type}", name, span, ()) if owner.type else NOTHING

    def _no_member(self, owner: str, name: str, span: Span, names: Sequence[str]) -> Known:
        self.found.append(mistakes.unknown_member(owner, name, span, names))
        return NOTHING

    def _unquoted(self, tree: Unquoted) -> Known:
        try:
            return known.of_unquoted(tree.parts, self._scope)
        except ExpressionError:
            self._note_unquoted(tree)
            return NOTHING

    def _operation(self, tree: Operation) -> Known:
        if tree.operator == "-" and self._has_hyphenated_name(tree):
            return NOTHING
        self._check_comparison(tree)
        name = _STRICT.get(tree.operator, tree.operator)
        operands = [self.known(operand) for operand in tree.operands]
        result = OPERATORS[name].result
        if self._has_unquoted_text(tree, operands) or self._has_wrong_types(name, tree, operands):
            return Known(type=result)
        types = {operand.type for operand in operands if operand.type}
        result = result or (types.pop() if types else None)
        return self._computed(tree, result, operands, lambda values: apply_operator(name, values))

    def _check_comparison(self, tree: Operation) -> None:
        if tree.operator in _STRICT:
            start = tree.operator_start
            place = self._text.part(start, start + len(tree.operator))
            self.found.append(mistakes.strict_equality(tree.operator, place))
        for word, meant, words in impossible_results(tree, self._scope):
            place = self._span(word)
            self.found.append(mistakes.impossible_result(str(word.value), meant, place, words))

    def _has_hyphenated_name(self, tree: Operation) -> bool:
        """Note a subtraction that is the name of a step or a variable."""
        for written in _HYPHENATED.finditer(self._text.text, tree.start, tree.end):
            name, member = written["name"], written["member"]
            if self._scope.has_step(name):
                help = f'write `Member(steps, "{name}.{member or "result"}")`'
            elif name in self._scope.variables:
                help = f'write `Variable("{name}")`'
            else:
                continue
            place = self._text.part(*written.span("name"))
            self.found.append(mistakes.name_with_hyphen(name, place, help))
            return True
        return False

    def _has_unquoted_text(self, tree: Operation, operands: Sequence[Known]) -> bool:
        """Note holes outside quotes beside text: what they show may be no text."""
        if all(operand.type != "string" for operand in operands):
            return False
        unquoted = [
            each
            for each, operand in zip(tree.operands, operands, strict=True)
            if isinstance(each, Unquoted) and operand.type != "string"
        ]
        for each in unquoted:
            self._note_unquoted(each)
        return bool(unquoted)

    def _note_unquoted(self, tree: Unquoted) -> None:
        mistake = mistakes.unquoted_variable(self._source(tree), self._span(tree))
        if mistake not in self.found:
            self.found.append(mistake)

    def _has_wrong_types(self, name: str, tree: Operation, operands: Sequence[Known]) -> bool:
        """Note operands that are known not to go together."""
        types = [operand.type for operand in operands]
        if len(types) == 1:
            return self._note_types(name, tree, types)
        first = types[0]
        for other in types[1:]:
            if self._note_types(name, tree, [first, other]):
                return True
            first = OPERATORS[name].result or first
        return False

    def _note_types(self, name: str, tree: Operation, types: Sequence[Type | None]) -> bool:
        given = [each for each in types if each]
        if len(given) < len(types) or not type_mistake(name, given):
            return False
        sign = OPERATORS[name].sign or name
        left, right = given[0], given[1] if len(given) > 1 else ""
        help = _HELP_FOR_TYPES.get(frozenset(given), "") if right else ""
        if sign in ("&&", "||") and "string" in given:
            help = 'compare the text with a value, as in `"${{NAME}}" == "true"`'
        self.found.append(mistakes.wrong_operands(sign, left, right, self._span(tree), help))
        return True

    def _call(self, tree: Call) -> Known:
        arguments = [self.known(argument) for argument in tree.arguments]
        if tree.function not in FUNCTIONS:
            place = self._text.part(tree.start, tree.start + len(tree.function))
            self.found.append(mistakes.unknown_function(tree.function, place, FUNCTION_NAMES))
            return NOTHING
        result = FUNCTIONS[tree.function].result
        if self._has_wrong_argument(tree, arguments):
            return Known(type=result)
        if tree.function == "match":  # is not computed: a search may take long
            self._check_pattern(tree.arguments[1], arguments[1])
            return Known(type=result)
        if tree.function in ("Variable", "Member"):
            return self._look_up(tree, arguments)
        return self._computed(
            tree, result, arguments, lambda values: call_function(tree.function, values)
        )

    def _has_wrong_argument(self, tree: Call, arguments: Sequence[Known]) -> bool:
        parameters = FUNCTIONS[tree.function].parameters
        for argument, accepted in zip(tree.arguments, parameters, strict=False):
            if isinstance(argument, Unquoted) and accepted == ("string",):
                self._note_unquoted(argument)
                return True
        mistake = argument_mistake(tree.function, [argument.type for argument in arguments])
        if mistake is None:
            return False
        index, reason = mistake
        place = self._span(tree if index is None else tree.arguments[index])
        expected = ", ".join(" or ".join(each) for each in parameters)
        self.found.append(mistakes.wrong_argument(reason, place, expected))
        return True

    def _check_pattern(self, tree: Expression, pattern: Known) -> None:
        if not isinstance(pattern.value, str):
            return
        try:
            compiled(to_text(pattern.value), "")
        except PatternError as error:
            found = mistakes.bad_pattern(error.reason, self._span(tree), Severity.WARNING)
            self.found.append(found)

    def _look_up(self, tree: Call, arguments: Sequence[Known]) -> Known:
        first, *path = arguments
        span = self._span(tree.arguments[-1])
        if isinstance(first.value, str):
            first = self._name(to_text(first.value), self._span(tree.arguments[0]))
        elif first.type == "string":
            first = NOTHING
        for each in path:
            if not isinstance(each.value, str):
                return NOTHING
            for name in to_text(each.value).split("."):
                first = self._member(first, name, span)
        return first

    def _computed(
        self,
        tree: Expression,
        type: Type | None,
        inner: Sequence[Known],
        compute: Callable[[Sequence[Value]], Value],
    ) -> Known:
        try:
            return known.of_result(type, inner, compute)
        except ExpressionError as error:
            self.found.append(mistakes.always_fails(str(error), self._span(tree)))
            return Known(type=type)

    def _span(self, tree: Expression) -> Span:
        return self._text.part(tree.start, tree.end)

    def _source(self, tree: Expression) -> str:
        return self._text.text[tree.start : tree.end]
