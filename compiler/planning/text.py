"""The plan as a person wants to read it: what runs in what order, and what goes where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from compiler.planning.operation_text import (
    composition_words,
    one_line,
    operation_lines,
    run_line,
)
from compiler.planning.rule_text import (
    failure_lines,
    is_after,
    note_lines,
    start_lines,
    success_lines,
)
from freshet.plan.v1.operation_pb2 import ServiceSet
from freshet.plan.v1.plan_pb2 import Group, Plan, Step

_INDENT = "   "

Node = Step | Group


def render_plan(plan: Plan) -> str:
    """Return a plan as text; holes stand as they were written."""
    lines: list[str] = []
    for services in plan.services:
        lines += [*_services(services), ""]
    for block in _Tree(plan).blocks():
        lines += [*block, ""]
    if not plan.steps:
        lines += ["nothing to do: the pipeline has no steps", ""]
    if plan.HasField("success_rule"):
        lines += ["the run", *(_INDENT + line for line in success_lines(plan.success_rule)), ""]
    if plan.required_variables:
        lines.append(f"variables to give: {', '.join(plan.required_variables)}")
    if plan.required_secrets:
        lines.append(f"secrets to give: {', '.join(plan.required_secrets)}")
    return "\n".join(lines).rstrip("\n") + "\n"


class _Tree:
    """Steps below their groups, and hooks below their steps, as in the source."""

    def __init__(self, plan: Plan) -> None:
        self._groups = {group.id: group for group in plan.groups}
        self._members: dict[str, list[Node]] = {}
        self._hooks: dict[str, list[Group]] = {}
        known: set[str] = set()
        for step in plan.steps:
            node: Node | None = step
            while node and node.id not in known:
                known.add(node.id)
                self._add(node)
                node = self._groups.get(node.group_id)

    def _add(self, node: Node) -> None:
        if isinstance(node, Group) and node.HasField("hook"):
            self._hooks.setdefault(node.hook.step_id, []).append(node)
        else:
            self._members.setdefault(node.group_id, []).append(node)

    def blocks(self) -> Iterator[list[str]]:
        """Yield the lines of each step of the pipeline, then those of each hook of its own."""
        members = self._members.get("", [])
        in_order = _is_in_order(members)
        if not in_order:
            yield ["all at once, but for what each waits for:"]
        for index, node in enumerate(members):
            before = members[index - 1].id if in_order and index else ""
            yield list(self._node(node, f"{index + 1}", before))
        for hook in self._hooks.get("", ()):
            yield list(self._hook(hook))

    def _node(self, node: Node, number: str, before: str) -> Iterator[str]:
        yield f"{number}. {_title(node, self._name(node))}"
        indent = _INDENT + " " * (len(number) - 1)
        for line in self._details(node, number, before):
            yield indent + line

    def _name(self, node: Node) -> str:
        """Return the name of a node, without the id of the hook that it is in."""
        group = self._groups.get(node.group_id)
        while group and not group.HasField("hook"):
            group = self._groups.get(group.group_id)
        return node.id.removeprefix(f"{group.id}/") if group else node.id

    def _details(self, node: Node, number: str, before: str) -> Iterator[str]:
        yield from start_lines(node.start_rule, before)
        if isinstance(node, Step):
            yield from _of_step(node)
        else:
            yield from success_lines(node.success_rule)
            for index, member in enumerate(self._members.get(node.id, ()), start=1):
                yield from self._node(member, f"{number}.{index}", "")
        always = isinstance(node, Group) and node.success_rule.always.constant
        yield from () if always else failure_lines(node.failure_rule)
        yield from note_lines(node.outcome_notes)
        for hook in self._hooks.get(node.id, ()):
            yield from self._hook(hook)

    def _hook(self, hook: Group) -> Iterator[str]:
        members = self._members.get(hook.id, [])
        own = [node for node in members if not _is_of_notes(node)]
        in_order = _is_in_order(own)
        yield f"{hook.display_name}{'' if in_order else ', in parallel'}:"
        for line in self._in_hook(own, hook.display_name, in_order):
            yield _INDENT + line
        for node in members[len(own) :]:
            assert isinstance(node, Step)
            for line in _of_step(node):
                yield _INDENT + line

    def _in_hook(self, nodes: Sequence[Node], point: str, in_order: bool) -> Iterator[str]:
        if len(nodes) == 1 and nodes[0].display_name == point:  # commands, which have no name
            yield from self._details(nodes[0], "", "")
            return
        for index, node in enumerate(nodes):
            before = nodes[index - 1].id if in_order and index else ""
            yield from self._node(node, f"{index + 1}", before)


def _is_of_notes(node: Node) -> bool:
    """Whether a step makes the notes of a hook: it stands after the others."""
    return node.id == f"{node.group_id}/#annotations"


def _is_in_order(nodes: Sequence[Node]) -> bool:
    """Whether each waits for the one before it."""
    return all(
        any(edge.node_id == before.id and is_after(edge) for edge in node.start_rule.dependencies)
        for before, node in pairwise(nodes)
    )


def _title(node: Node, name: str) -> str:
    title = name if node.display_name == name else f"{name} ({one_line(node.display_name)})"
    at_once = ", in parallel" if isinstance(node, Group) else ""
    return f"{title}{at_once}, stage {node.stage}" if node.stage else f"{title}{at_once}"


def _of_step(step: Step) -> Iterator[str]:
    for services in step.services:
        yield from _services(services)
    if step.service_set_ids:
        yield f"beside {', '.join(step.service_set_ids)}"
    for operation in step.operations:
        yield from operation_lines(operation)
    if step.retry_policy.max_attempt_count > 1:
        yield f"tried up to {step.retry_policy.max_attempt_count} times"
    if step.HasField("timeout"):
        yield f"stopped after {step.timeout.ToTimedelta()}"


def _services(services: ServiceSet) -> Iterator[str]:
    yield f"beside the services {composition_words(services.composition)}"
    if services.HasField("readiness_probe"):
        yield f"  ready when this succeeds: {run_line(services.readiness_probe.run)}"
    if services.HasField("setup"):
        yield f"  then {run_line(services.setup)}"
