"""Graphs for Graphviz: https://graphviz.org/doc/info/lang.html."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from compiler.formats.text import one_line
from compiler.planning.graph import Cluster, Edge, Graph, Member, Node, every_member

_COLOUR_COUNT = 9
_HEAD = (
    "digraph pipeline {",
    "  compound=true",
    '  node [shape=box style="rounded,filled" fillcolor=white colorscheme=pastel19]',
)


def render_dot(graph: Graph) -> str:
    """Return a directed graph; steps of one stage have one colour, hooks are dashed."""
    lines = [*_HEAD]
    for member in graph.members:
        lines += [f"  {line}" for line in _member(member)]
    clusters = {each.key for each in every_member(graph.members) if isinstance(each, Cluster)}
    lines += [f"  {_edge(edge, clusters)}" for edge in graph.edges]
    return "\n".join([*lines, "}"]) + "\n"


def _member(member: Member) -> Iterator[str]:
    if isinstance(member, Node):
        yield f"{member.key} [{_attributes(_of_node(member))}]"
        return
    yield f"subgraph cluster_{member.key} {{"
    yield f"  label={_quoted(member.lines)}"
    yield f"  style={'dashed' if member.is_hook else 'solid'}"
    # Edges end at nodes: this one stands for the cluster, also when nothing else is in it.
    yield f"  {member.key} [shape=point style=invis]"
    for inner in member.members:
        yield from (f"  {line}" for line in _member(inner))
    yield "}"


def _of_node(node: Node) -> dict[str, str]:
    colour = {} if node.stage is None else {"fillcolor": str(node.stage % _COLOUR_COUNT + 1)}
    return {"label": _quoted(node.lines), **colour}


def _edge(edge: Edge, clusters: Collection[str]) -> str:
    attributes = {}
    if edge.label:
        attributes["label"] = _quoted([edge.label])
    if edge.is_hook:
        attributes["style"] = "dashed"
    for key, attribute in ((edge.source, "ltail"), (edge.target, "lhead")):
        if key in clusters:
            attributes[attribute] = f"cluster_{key}"
    written = f" [{_attributes(attributes)}]" if attributes else ""
    return f"{edge.source} -> {edge.target}{written}"


def _attributes(attributes: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in attributes.items())


def _quoted(lines: Sequence[str]) -> str:
    escaped = (
        one_line(line).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
        for line in lines
    )
    return '"' + "\\n".join(escaped) + '"'
