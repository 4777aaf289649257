"""Finds which keys lead to a place of a document."""

from collections.abc import Iterator

from compiler.source import Position
from compiler.syntax.nodes import Mapping, Node, Sequence


def path_at(root: Node | None, place: Position) -> tuple[str, ...]:
    """Return the keys from the root to the innermost value that holds `place`."""
    path: list[str] = []
    node = root
    while node is not None:
        # Of two that touch, the place belongs to the one that begins there.
        holding = [part for part in _parts(node) if part[1] <= place <= part[2]]
        if not holding:
            break
        name, _, _, node = max(holding, key=lambda part: part[1])
        path.append(name)
    return tuple(path)


def _parts(node: Node) -> Iterator[tuple[str, Position, Position, Node]]:
    """Yield name, begin, end and value of what a collection holds."""
    if isinstance(node, Mapping):
        for entry in node.entries:
            end = max(entry.key.span.end, entry.value.span.end)
            yield entry.key.text, entry.key.span.start, end, entry.value
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield str(index), item.span.start, item.span.end, item
