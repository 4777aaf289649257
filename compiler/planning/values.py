"""Documents that pass through the plan unread → trees of values."""

from __future__ import annotations

from compiler.planning.templates import Templates
from compiler.syntax.nodes import Entry, Mapping, Node, Scalar, Sequence
from freshet.plan.v1 import expression_pb2 as messages


def value(node: Node, templates: Templates) -> messages.Value:
    """Return the value of a node. Holes of strings and keys stay."""
    match node:
        case Mapping():
            return messages.Value(map=value_map(node, templates))
        case Sequence():
            items = [value(item, templates) for item in node.items]
            return messages.Value(list=messages.ValueList(values=items))
        case Scalar(value=None):
            return messages.Value()
        case Scalar(value=bool(flag)):
            return messages.Value(flag=flag)
        case Scalar(value=int() | float()):
            return _number(node, templates)
        case Scalar():
            return messages.Value(text=templates.template(str(node.value)))


def value_map(mapping: Mapping, templates: Templates) -> messages.ValueMap:
    """Return the entries of a mapping, in order. Keys are strings, whatever they look like."""
    return messages.ValueMap(entries=[_entry(entry, templates) for entry in mapping.entries])


def _entry(entry: Entry, templates: Templates) -> messages.ValueEntry:
    return messages.ValueEntry(
        key=templates.template(entry.key.text), value=value(entry.value, templates)
    )


def _number(scalar: Scalar, templates: Templates) -> messages.Value:
    """Return a number; one that a double cannot hold stays the text that it is written as."""
    try:
        number = float(scalar.value or 0)
    except OverflowError:
        return messages.Value(text=templates.template(scalar.text))
    if number != scalar.value:
        return messages.Value(text=templates.template(scalar.text))
    return messages.Value(number=number)
