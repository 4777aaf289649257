"""The cases beside this file use all of the language: every type, field, mistake and function."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import compiler.mistakes
from compiler.diagnostics import Findings
from compiler.language.tables import STEP_TYPES
from compiler.source import Source
from compiler.syntax.nodes import Node, Scalar
from compiler.syntax.yaml_reader import read_yaml
from freshet.evaluate import FUNCTION_NAMES, OPERATORS
from tests.conformance.tables import all_fields, entries_below, types_of, used_fields

_CASES = Path(__file__).with_name("cases")
_MISTAKES = Path(compiler.mistakes.__file__).parent
_TOO_LARGE = {"FR106", "FR109", "FR148", "FR186", "FR187"}
"""Mistakes that only a file of thousands of lines can show: hostile inputs do."""
_OF_CATALOGS = {"FR500", "FR501", "FR502", "FR503"}
"""Mistakes that no pipeline has: they stand in the files that describe accounts."""
_CODE = re.compile(r"FR\d{3}")
_IN_QUOTES = re.compile(r"'[^']*'|\"[^\"]*\"")
_OPERATOR = re.compile(r"\|\||&&|[=!<>]=|[-+*/%<>!]")
_BRANCH_PATTERN = "=~"
"""The operator that nobody can write: `branch` is compiled to it."""


@cache
def documents() -> tuple[Node | None, ...]:
    """Return the cases as trees; those that are no text are left out."""
    texts = (path.read_bytes().decode(errors="replace") for path in sorted(_CASES.glob("*.yml")))
    return tuple(read_yaml(Source("case", text, b""), Findings()) for text in texts)


def conditions() -> Iterator[str]:
    """Yield the expressions of all conditions."""
    for document in documents():
        for key, value in entries_below(document):
            if key == "condition":
                yield from (v.text for _, v in entries_below(value) if isinstance(v, Scalar))


def codes_of_mistakes() -> set[str]:
    """Return the codes that stand in the functions that make mistakes."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in _MISTAKES.glob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree))
    values = {node.value for node in nodes if isinstance(node, ast.Constant)}
    return {value for value in values if isinstance(value, str) and _CODE.fullmatch(value)}


def test_every_type_of_step_occurs_in_a_case() -> None:
    used = {name for document in documents() for name in types_of(document)}

    assert not (missing := sorted(STEP_TYPES.keys() - used)), missing


def test_every_field_occurs_in_a_case() -> None:
    used = {id(field) for document in documents() for field in used_fields(document)}
    missing = [path for path, field in all_fields().items() if id(field) not in used]

    assert not missing, "\n".join(missing)


def test_every_mistake_occurs_in_a_case() -> None:
    told = {
        code
        for path in _CASES.glob("*.out")
        for code in _CODE.findall(path.read_text(encoding="utf-8"))
    }

    assert not (missing := sorted(codes_of_mistakes() - told - _TOO_LARGE - _OF_CATALOGS)), missing


def test_every_function_of_conditions_occurs_in_a_case() -> None:
    called = {name for text in conditions() for name in re.findall(r"(\w+)\s*\(", text)}

    assert not (missing := sorted(set(FUNCTION_NAMES) - called)), missing


def test_every_operator_of_conditions_occurs_in_a_case() -> None:
    outside_of_strings = (_IN_QUOTES.sub("", text) for text in conditions())
    written = {sign for text in outside_of_strings for sign in _OPERATOR.findall(text)}

    signs = {each.sign or name for name, each in OPERATORS.items()} - {_BRANCH_PATTERN}
    assert not (missing := sorted(signs - written)), missing
