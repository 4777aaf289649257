"""Graphs for Mermaid, which documents and code hosts show: https://mermaid.js.org."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from compiler.formats.text import one_line
from compiler.planning.graph import Cluster, Edge, Graph, Member, Node, every_member

_PLAIN = " _-.,/:=()'"
"""Signs that mean nothing to Mermaid. All others are written as numbers, even within quotes."""
_COLOURS = (
    "#fbb4ae", "#b3cde3", "#ccebc5", "#decbe4", "#fed9a6", "#ffffcc", "#e5d8bd", "#fddaec",
)  # fmt: skip


def render_mermaid(graph: Graph) -> str:
    """Return a flowchart; steps of one stage have one colour, hooks are dashed."""
    lines = ["flowchart TD"]
    for member in graph.members:
        lines += [f"  {line}" for line in _member(member)]
    lines += [f"  {_edge(edge)}" for edge in graph.edges]
    lines += [f"  {line}" for line in _styles(every_member(graph.members))]
    return "\n".join(lines) + "\n"


def _member(member: Member) -> Iterator[str]:
    if isinstance(member, Node):
        yield f"{member.key}[{_quoted(member.lines)}]"
        return
    yield f"subgraph {member.key}[{_quoted(member.lines)}]"
    for inner in member.members:
        yield from (f"  {line}" for line in _member(inner))
    yield "end"


def _edge(edge: Edge) -> str:
    arrow = "-.->" if edge.is_hook else "-->"
    label = f"|{_quoted([edge.label])}|" if edge.label else ""
    return f"{edge.source} {arrow}{label} {edge.target}"


def _styles(members: Iterable[Member]) -> Iterator[str]:
    for member in members:
        if isinstance(member, Cluster) and member.is_hook:
            yield f"style {member.key} stroke-dasharray:5"
        elif isinstance(member, Node) and member.stage is not None:
            yield f"style {member.key} fill:{_COLOURS[member.stage % len(_COLOURS)]},color:#000"


def _quoted(lines: Sequence[str]) -> str:
    return '"' + "<br/>".join("".join(map(_sign, one_line(line))) for line in lines) + '"'


def _sign(character: str) -> str:
    is_plain = character.isalnum() or character in _PLAIN
    return character if is_plain else f"#{ord(character)};"
