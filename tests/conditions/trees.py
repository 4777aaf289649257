"""Trees of conditions, any of them."""

from hypothesis import strategies as st

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
from compiler.syntax.templates import Hole
from freshet.evaluate import FUNCTIONS, OPERATORS

_PLACE = {"start": 0, "end": 0}
_HOLES = st.sampled_from(
    [
        Hole(("X",), "${{X}}"),
        Hole(("NONE",), "${{NONE}}"),
        Hole(("steps", "my-step", "result"), "${{steps.my-step.result}}"),
        Hole(("secrets", "s", "k"), "${{secrets.s.k}}"),
    ]
)
_NAMES = st.sampled_from(["X", "NONE", "steps", "workflow", "s1", "$_é9", "result", "length"])
_TEXTS = st.text(max_size=5) | st.sampled_from(
    ["a", "s1", "result", "steps.s1", "(a+)+$", "\\", "'"]
)
_CONSTANTS = st.one_of(
    st.none(), st.booleans(), st.floats(min_value=0, allow_nan=False, allow_infinity=False), _TEXTS
)

_literals = _CONSTANTS.map(lambda value: Literal(value=value, **_PLACE))
_names = _NAMES.map(lambda name: Name(name=name, **_PLACE))
_quoted = st.builds(
    lambda before, hole, after: Quoted(
        parts=tuple(part for part in (before, hole, after) if part), **_PLACE
    ),
    _TEXTS,
    _HOLES,
    _TEXTS,
)
_unquoted = st.builds(
    lambda before, hole: Unquoted(parts=(*filter(None, [before]), hole), **_PLACE),
    st.sampled_from(["", "1", "a", "steps."]),
    _HOLES,
)
_LEAVES: st.SearchStrategy[Expression] = st.one_of(_literals, _names, _quoted, _unquoted)


def _grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        st.builds(lambda owner, name: Member(object=owner, name=name, **_PLACE), inner, _NAMES),
        st.builds(_call, st.sampled_from([*FUNCTIONS, "nothing"]), st.lists(inner, max_size=3)),
        st.builds(_unary, st.sampled_from(["!", "u-", "u+"]), inner),
        st.builds(_chain, st.sampled_from(_BINARY), st.lists(inner, min_size=2, max_size=4)),
    )


_BINARY = [name for name, each in OPERATORS.items() if each.operand_count == 2 and name != "=~"]


def _call(function: str, arguments: list[Expression]) -> Expression:
    return Call(function=function, arguments=tuple(arguments), **_PLACE)


def _unary(operator: str, operand: Expression) -> Expression:
    return Operation(operator=operator, operands=(operand,), operator_start=0, **_PLACE)


def _chain(operator: str, operands: list[Expression]) -> Expression:
    return Operation(operator=operator, operands=tuple(operands), operator_start=0, **_PLACE)


TREES = st.recursive(_LEAVES, _grown, max_leaves=12)
