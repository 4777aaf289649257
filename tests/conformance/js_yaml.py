"""How js-yaml 4 reads texts, and how the compiler does, in one form that can be compared."""

from __future__ import annotations

import json
import math
import re
import subprocess
from collections.abc import Sequence as Many
from pathlib import Path
from typing import Any

from compiler.diagnostics import Findings
from compiler.source import Source
from compiler.syntax.nodes import Mapping, Node, Scalar, Sequence
from compiler.syntax.yaml_reader import read_yaml
from tests.engine.node import node, node_modules

REFUSED = "refused"
_PACKAGE = "js-yaml@4.1.0"
_SCRIPT = Path(__file__).with_name("js_yaml.cjs")
_ARRAY_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")


def read_by_js_yaml(texts: Many[str]) -> list[Any]:
    """Return the value of each text; `REFUSED` where js-yaml throws."""
    done = subprocess.run(
        [node(), _SCRIPT],
        input=json.dumps(list(texts)),
        env={"NODE_PATH": str(node_modules(_PACKAGE))},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return [
        _their_value(each["value"]) if "value" in each else REFUSED
        for each in json.loads(done.stdout)
    ]


def read_by_compiler(text: str) -> Any:  # noqa: ANN401  # what JSON can be
    """Return the value of a text; `REFUSED` where an error is found."""
    findings = Findings()
    text = text.removeprefix("\ufeff")
    root = read_yaml(Source("f.yml", text, text.encode()), findings)
    if findings.has_errors:
        return REFUSED
    return None if root is None else _our_value(root)


def _their_value(value: Any) -> Any:  # noqa: ANN401  # what JSON can be
    if isinstance(value, list):
        return [_their_value(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "number":
        return _number(float(content))
    if kind == "mapping":
        return {"mapping": [(key, _their_value(item)) for key, item in content]}
    return value


def _our_value(node: Node) -> Any:  # noqa: ANN401  # what JSON can be
    match node:
        case Scalar(value=bool() | str() | None as value):
            return value
        case Scalar(value=int() | float() as number):
            return _number(number)
        case Sequence(items=items):
            return [_our_value(item) for item in items]
        case Mapping(entries=entries):
            pairs = [(_javascript_key(entry.key), _our_value(entry.value)) for entry in entries]
            return {"mapping": sorted(pairs, key=lambda pair: _javascript_place(pair[0]))}


def _number(value: float) -> tuple[str, str]:
    """Return a number as JavaScript has it: a double, which is no boolean, and equal to itself."""
    try:
        return ("number", repr(float(value) + 0.0))  # no negative zero
    except OverflowError:
        return ("number", repr(math.copysign(math.inf, value)))


def _javascript_key(key: Scalar) -> str:
    """Return the string that JavaScript makes of a key."""
    match key.value:
        case None:
            return "null"
        case bool(value):
            return str(value).lower()
        case str(value):
            return value
        case value if float(value).is_integer():
            return str(int(value))
        case value:
            return str(value)


def _javascript_place(key: str) -> tuple[bool, int]:
    """Return what puts keys into the order of JavaScript: whole numbers first, by size."""
    return (False, int(key)) if _ARRAY_INDEX.fullmatch(key) else (True, 0)
