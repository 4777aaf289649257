"""What the value of a field may be: each shape reads a node, or tells what is wrong with it.

The tables of the language are made of shapes. `bind` reads by them, and so can whoever explains
the language: the JSON Schema and the language server are made from the same tables.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.language.values import Flag, Number, Text
from compiler.secrecy import may_be_secret
from compiler.syntax.nodes import Mapping, Node, Scalar, Sequence, type_name
from compiler.syntax.templates import whole_hole

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_ASSIGNMENTS = frozenset({"build_arguments", "composition_variables", "environment"})
_TEXT_WITH_COLON = "put the whole text in quotes: the `: ` in it makes it a mapping"


def _plural(expected: str) -> str:
    """Return the plural: of `a string or a mapping`, `strings or mappings`."""
    return " or ".join(
        f"{word.removeprefix('a ')}s" if word.count(" ") == 1 else f"items, each {word}"
        for word in expected.split(" or ")
    )


class Shape:
    """The form of a value. Stateless, and shared by many fields."""

    expected = "anything"
    """What a person calls it."""

    def fits(self, node: Node) -> bool:
        """Whether the node is of the right kind, so that its mistakes are told by this shape."""
        return True

    def read(self, what: str, node: Node, findings: Findings) -> Any:  # noqa: ANN401  # by shape
        """Return the value of the field `what`; None after telling a mistake."""
        raise AssertionError(type(self))  # every shape below says how

    def _refuse(self, what: str, node: Node, findings: Findings) -> None:
        found = type_name(node) if may_be_secret(what) else shown(node)
        hint = self._hint(what, node)
        findings.add(mistakes.wrong_type(what, self.expected, found, node.span, hint))

    def _hint(self, what: str, node: Node) -> str:
        """Return how it may have come to another type; empty where nobody knows."""
        if isinstance(node, Scalar) and node.value is None:
            return "give it a value, or remove the key"
        if self.expected == "a string":
            return _TEXT_WITH_COLON if _is_text_with_colon(node) else ""
        if not self.expected.startswith("a list"):
            return ""
        if isinstance(node, Mapping):
            return "write each as `- NAME=value`" if what in _ASSIGNMENTS else ""
        if isinstance(node, Scalar) and node.text.startswith("-"):
            return "write a blank after the `-` of each item"
        return "write each item behind `- `, in a line of its own"


class Anything(Shape):
    """A value that is passed on unread: the node itself."""

    def read(self, what: str, node: Node, findings: Findings) -> Node:
        """Return the node."""
        return node


class Collection(Anything):
    """A mapping, or a list where that is allowed as well: the node itself."""

    def __init__(self, *, or_list: bool = False, or_text: bool = False) -> None:
        self.or_list = or_list
        self.or_text = or_text
        others = (" or a list" if or_list else "") + (" or a string" if or_text else "")
        self.expected = f"a mapping{others}"

    def fits(self, node: Node) -> bool:
        """Whether it is a mapping."""
        if isinstance(node, Scalar):
            return self.or_text and isinstance(node.value, str)
        return isinstance(node, Mapping) or self.or_list

    def read(self, what: str, node: Node, findings: Findings) -> Any:  # noqa: ANN401  # as above
        """Return the node."""
        if not self.fits(node):
            self._refuse(what, node, findings)
            return None
        if isinstance(node, Scalar):
            return TEXT.read(what, node, findings) and node
        return node


class String(Shape):
    """A string that is not empty, possibly one of few, or of a certain form."""

    expected = "a string"

    def __init__(
        self,
        *,
        choices: tuple[str, ...] = (),
        pattern: str = "",
        form: str = "",
    ) -> None:
        """Take one of `choices`, or what matches `pattern`, which `form` tells in words."""
        self.choices = choices
        self.pattern = pattern
        self.form = form

    def fits(self, node: Node) -> bool:
        """Whether it is a string."""
        return isinstance(node, Scalar) and isinstance(node.value, str)

    def read(self, what: str, node: Node, findings: Findings) -> Text | None:
        """Return the text."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            self._refuse(what, node, findings)
            return None
        text = node.value
        if not text:
            findings.add(mistakes.empty_text(what, node.span))
            return None
        if self.choices and text not in self.choices:
            findings.add(mistakes.wrong_value(what, text, self.choices, node.span))
            return None
        if self.pattern and not re.fullmatch(self.pattern, text):
            findings.add(mistakes.wrong_form(what, text, self.form, node.span))
            return None
        return Text(text, node.span, node)


class Boolean(Shape):
    """A truth value: also a word such as `yes`, and one whole `${{variable}}`."""

    expected = "true, false or one `${{variable}}`"

    def __init__(self, *, words: bool = True, holes: bool = True) -> None:
        self.words = words
        self.holes = holes
        if not holes:
            self.expected = "true or false"

    def fits(self, node: Node) -> bool:
        """Whether it is a scalar."""
        return isinstance(node, Scalar)

    def read(self, what: str, node: Node, findings: Findings) -> Flag | None:
        """Return the truth value."""
        if isinstance(node, Scalar) and node.value is not None:
            if isinstance(node.value, bool):
                return Flag(value=node.value, span=node.span)
            lowered = node.text.lower()
            if self.words and (lowered in _TRUE or lowered in _FALSE):
                return Flag(value=lowered in _TRUE, span=node.span)
            if self.holes and isinstance(node.value, str) and whole_hole(node.text):
                return Flag(value=node.text.strip(), span=node.span)
        self._refuse(what, node, findings)
        return None


class Numeric(Shape):
    """A finite number, also one in quotes."""

    def __init__(
        self, *, minimum: float = -math.inf, maximum: float = math.inf, whole: bool = False
    ) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self.whole = whole
        self.expected = "a whole number" if whole else "a number"
        if math.isfinite(maximum):
            self.expected += f" from {minimum:g} to {maximum:.0f}"
        elif math.isfinite(minimum):
            self.expected += f" of at least {minimum:g}" if minimum else " above 0"

    def fits(self, node: Node) -> bool:
        """Whether it is a number."""
        return isinstance(node, Scalar) and _finite(node.value) is not None

    def read(self, what: str, node: Node, findings: Findings) -> Number | None:
        """Return the number."""
        value = _finite(node.value) if isinstance(node, Scalar) else None
        if value is None or not self._is_allowed(value):
            self._refuse(what, node, findings)
            return None
        return Number(value=value, span=node.span)

    def _is_allowed(self, value: float) -> bool:
        if self.whole and not value.is_integer():
            return False
        if self.minimum == 0 and not self.whole and value == 0:
            return False  # above 0
        return self.minimum <= value <= self.maximum


class ListOf(Shape):
    """A list whose items have one shape."""

    def __init__(self, item: Shape, *, at_least: int = 0) -> None:
        self.item = item
        self.at_least = at_least
        self.expected = f"a list of {_plural(item.expected)}"

    def fits(self, node: Node) -> bool:
        """Whether it is a list."""
        return isinstance(node, Sequence)

    def read(self, what: str, node: Node, findings: Findings) -> tuple[Any, ...] | None:
        """Return the items that are well-formed."""
        if not isinstance(node, Sequence):
            self._refuse(what, node, findings)
            return None
        if len(node.items) < self.at_least:
            findings.add(mistakes.too_few_items(what, self.at_least, node.span))
            return None
        read = self.item.read
        items = [
            read(what, item, findings)
            if self.item.fits(item) and not _is_empty(item)
            else self._bad(what, at, item, findings)
            for at, item in enumerate(node.items)
        ]
        return tuple(item for item in items if item is not None)

    def _bad(self, what: str, index: int, item: Node, findings: Findings) -> Any:  # noqa: ANN401
        return self.item.read(f"{what}[{index}]", item, findings)


class OneOf(Shape):
    """A value of the first shape that it fits."""

    def __init__(self, *shapes: Shape) -> None:
        self.shapes = shapes
        self.expected = " or ".join(shape.expected for shape in shapes)

    def fits(self, node: Node) -> bool:
        """Whether it fits one of them."""
        return any(shape.fits(node) for shape in self.shapes)

    def read(self, what: str, node: Node, findings: Findings) -> Any:  # noqa: ANN401  # as above
        """Return the value."""
        for shape in self.shapes:
            if shape.fits(node):
                return shape.read(what, node, findings)
        self._refuse(what, node, findings)
        return None


class Nullable(Shape):
    """A value of another shape, or `null`, which is as if the field were not there."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.expected = f"{shape.expected} or nothing"

    def fits(self, node: Node) -> bool:
        """Whether it is nothing, or fits the shape."""
        return (isinstance(node, Scalar) and node.value is None) or self.shape.fits(node)

    def read(self, what: str, node: Node, findings: Findings) -> Any:  # noqa: ANN401  # as above
        """Return the value; `NOTHING` for `null`, which can be told from a mistake."""
        if isinstance(node, Scalar) and node.value is None:
            return NOTHING
        return self.shape.read(what, node, findings)


class Parsed(Shape):
    """A value of another shape that is turned into something else."""

    def __init__(self, shape: Shape, make: Callable[[str, Any, Findings], Any]) -> None:
        """Give the value that `shape` reads to `make`, with the name of the field."""
        self.shape = shape
        self.expected = shape.expected
        self._make = make

    def fits(self, node: Node) -> bool:
        """Whether it fits the shape."""
        return self.shape.fits(node)

    def read(self, what: str, node: Node, findings: Findings) -> Any:  # noqa: ANN401  # as above
        """Return what was made of the value."""
        value = self.shape.read(what, node, findings)
        return None if value is None else self._make(what, value, findings)


class Nothing:
    """The value of a field that says `null` where that means something."""


NOTHING = Nothing()
ANYTHING = Anything()
TEXT = String()
TEXTS = ListOf(TEXT)
FLAG = Boolean()
STRICT_FLAG = Boolean(words=False)
PLAIN_FLAG = Boolean(holes=False)
MAPPING = Collection()


def shown(node: Node) -> str:
    """Return what a person calls a value: a short one in its own words."""
    if not isinstance(node, Scalar) or node.value is None or not node.text:
        return type_name(node)
    if isinstance(node.value, str):
        return f'the string "{node.text[:60]}"'
    return f"{type_name(node).replace('a ', 'the ', 1)} {node.text[:60]}"


def _is_empty(node: Node) -> bool:
    """Whether it is an empty text, which is told with its index in a list."""
    return isinstance(node, Scalar) and not node.text


def _is_text_with_colon(node: Node) -> bool:
    """Whether it is a mapping with one key, in one line, as `echo a: b` makes one."""
    if not isinstance(node, Mapping) or len(node.entries) != 1:
        return False
    return node.span.start.line == node.span.end.line


def _finite(value: str | int | float | bool | None) -> float | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
