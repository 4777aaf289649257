"""The value of a plan's templates, flags, expressions and conditions; pure.

The compiler folds with it and the runner runs with it, so that they agree. Nothing here needs
protobuf to be imported: whoever has a plan has it already.

    values       types, truth, text as UTF-16 units, the error of an expression
    numbers      as JavaScript writes and reads them
    words        what numbers, quoted strings and names look like
    translation  JavaScript's regular expressions in the dialect of RE2
    patterns     searching with them
    operators    one row each
    functions    one row each
    templates    strings with holes, and flags
    expressions  trees of all these
    conditions   named expressions, joined
"""

from freshet.evaluate.conditions import MAX_LENGTH, Entry, Evaluation, evaluate_condition
from freshet.evaluate.expressions import Context, evaluate_expression
from freshet.evaluate.functions import FUNCTIONS
from freshet.evaluate.operators import OPERATORS
from freshet.evaluate.templates import Lookup, NotBoolean, evaluate_flag, evaluate_template
from freshet.evaluate.values import (
    ExpressionError,
    Object,
    PatternError,
    Type,
    Value,
    is_true,
    type_of,
)

FUNCTION_NAMES = tuple(FUNCTIONS)
OPERATOR_NAMES = tuple(OPERATORS)

__all__ = [
    "FUNCTIONS",
    "FUNCTION_NAMES",
    "MAX_LENGTH",
    "OPERATORS",
    "OPERATOR_NAMES",
    "Context",
    "Entry",
    "Evaluation",
    "ExpressionError",
    "Lookup",
    "NotBoolean",
    "Object",
    "PatternError",
    "Type",
    "Value",
    "evaluate_condition",
    "evaluate_expression",
    "evaluate_flag",
    "evaluate_template",
    "is_true",
    "type_of",
]
