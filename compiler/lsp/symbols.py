"""The steps of a pipeline as a tree, as editors show it beside the text."""

from __future__ import annotations

from compiler.lsp.steps import inner_steps, pipeline_in, type_of
from compiler.record import Record
from compiler.syntax.outline import Item, Outline

MAX_DEPTH = 100
"""Blocks inside of blocks beyond this are left out; a pipeline cannot have them."""


class Symbol(Record):
    """A step."""

    item: Item
    name: str
    detail: str
    """Its type."""
    children: tuple[Symbol, ...]


def symbols(outline: Outline) -> tuple[Symbol, ...]:
    """Return the steps in order, those of blocks inside of them."""
    return tuple(_symbol(step, 1) for step in inner_steps(pipeline_in(outline.root)))


def _symbol(step: Item, depth: int) -> Symbol:
    inner = inner_steps(step) if depth < MAX_DEPTH else ()
    children = tuple(_symbol(each, depth + 1) for each in inner)
    return Symbol(item=step, name=step.key, detail=type_of(step), children=children)
