"""What can be written at a place."""

from __future__ import annotations

from compiler.lsp.holes import proposed_in_hole
from compiler.lsp.keys import proposed_keys
from compiler.lsp.names import Names
from compiler.lsp.places import place_of
from compiler.lsp.proposals import Proposal
from compiler.lsp.values import proposed_values
from compiler.syntax.outline import Outline, Role, hole_at
from compiler.syntax.outline_reader import locate


def completion(outline: Outline, offset: int, names: Names) -> list[Proposal]:
    """Return what can be written at `offset`, the likeliest first."""
    cursor = locate(outline, offset)
    if cursor.role is Role.NOTHING:
        return []
    place = place_of(cursor.path)
    hole = hole_at(outline.text, offset)
    if hole:
        return list(proposed_in_hole(outline, cursor, place, names, hole))
    if cursor.role is Role.TEXT:
        return []
    values = list(proposed_values(outline, cursor, place, names))
    return [*proposed_keys(outline, cursor, place), *values] if cursor.role is Role.KEY else values
