"""A plan as a graph: steps, the groups they are in, and what waits for what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from compiler.record import Record
from freshet.plan.v1.expression_pb2 import Condition
from freshet.plan.v1.plan_pb2 import Group, Hook, Plan, StartRule, Step, StepOutcome

_MAX_TEXT = 60
_HOOK_POINTS = {
    Hook.POINT_ON_ELECTED: "on_elected",
    Hook.POINT_ON_SUCCESS: "on_success",
    Hook.POINT_ON_FAIL: "on_fail",
    Hook.POINT_ON_FINISH: "on_finish",
}
_SUCCEEDED = {StepOutcome.STEP_OUTCOME_SUCCEEDED}
_ENDED = {
    StepOutcome.STEP_OUTCOME_SUCCEEDED,
    StepOutcome.STEP_OUTCOME_FAILED,
    StepOutcome.STEP_OUTCOME_SKIPPED,
}


class Node(Record):
    """A step."""

    key: str
    """Unique among nodes and clusters: a letter and a number."""
    lines: tuple[str, ...]
    """Title, type and stage, condition."""
    stage: int | None
    """Number of the stage, counted from 0."""


class Cluster(Record):
    """A group of steps."""

    key: str
    lines: tuple[str, ...]
    """Title, condition."""
    is_hook: bool
    members: tuple[Member, ...]


Member: TypeAlias = "Node | Cluster"


class Edge(Record):
    """What must end before something starts."""

    source: str
    """Key of a node or cluster."""
    target: str
    label: str
    """Empty for the usual edge."""
    is_hook: bool
    """Whether it ties a hook to its step."""


class Graph(Record):
    """The whole plan."""

    members: tuple[Member, ...]
    """What is in no group."""
    edges: tuple[Edge, ...]


def read_graph(plan: Plan) -> Graph:
    """Return the graph of a plan; texts are those of the plan, cut when they are long."""
    reader = _Reader(plan)
    return Graph(members=reader.members(""), edges=tuple(reader.edges()))


def every_member(members: Iterable[Member]) -> Iterator[Member]:
    """Yield nodes and clusters, and after each cluster what is in it."""
    for member in members:
        yield member
        if isinstance(member, Cluster):
            yield from every_member(member.members)


class _Reader:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._keys = {step.id: f"n{number}" for number, step in enumerate(plan.steps)}
        self._keys |= {group.id: f"g{number}" for number, group in enumerate(plan.groups)}
        self._inside: dict[str, list[Step | Group]] = {}
        for each in self._all():
            self._inside.setdefault(each.group_id, []).append(each)

    def _all(self) -> Iterator[Step | Group]:
        yield from self._plan.steps
        yield from self._plan.groups

    def members(self, group_id: str) -> tuple[Member, ...]:
        return tuple(
            self._node(each) if isinstance(each, Step) else self._cluster(each)
            for each in self._inside.get(group_id, ())
        )

    def edges(self) -> Iterator[Edge]:
        for each in self._all():
            for dependency in each.start_rule.dependencies:
                yield Edge(
                    source=self._keys[dependency.node_id],
                    target=self._keys[each.id],
                    label=_outcomes(dependency.outcomes),
                    is_hook=False,
                )
        for group in self._plan.groups:
            if group.hook.step_id:
                yield self._hook_edge(group)

    def _hook_edge(self, group: Group) -> Edge:
        hook, step = self._keys[group.id], self._keys[group.hook.step_id]
        is_before = group.hook.point == Hook.POINT_ON_ELECTED
        source, target = (hook, step) if is_before else (step, hook)
        label = _HOOK_POINTS[group.hook.point]
        return Edge(source=source, target=target, label=label, is_hook=True)

    def _node(self, step: Step) -> Node:
        kind = f"{step.type}, stage {step.stage}" if step.stage else step.type
        stages = list(self._plan.stages)
        return Node(
            key=self._keys[step.id],
            lines=(_cut(step.display_name or step.id), _cut(kind), *_when(step.start_rule)),
            stage=stages.index(step.stage) if step.stage in stages else None,
        )

    def _cluster(self, group: Group) -> Cluster:
        is_hook = group.HasField("hook")
        title = group.display_name or group.id
        if is_hook:
            of = group.hook.step_id or "the pipeline"
            title = f"{_HOOK_POINTS[group.hook.point]} of {of}"
        return Cluster(
            key=self._keys[group.id],
            lines=(_cut(title), *_when(group.start_rule)),
            is_hook=is_hook,
            members=self.members(group.id),
        )


def _when(rule: StartRule) -> Iterator[str]:
    if rule.HasField("condition"):
        yield _cut(f"if {_text(rule.condition)}")


def _text(condition: Condition) -> str:
    match condition.WhichOneof("kind"):
        case "term":
            return condition.term.source_text
        case "all_of":
            return _joined(" and ", condition.all_of.conditions) or "true"
        case "any_of":
            return _joined(" or ", condition.any_of.conditions) or "false"
    return "true"


def _joined(word: str, conditions: Sequence[Condition]) -> str:
    texts = [_text(each) for each in conditions]
    return word.join(f"({text})" for text in texts) if len(texts) > 1 else "".join(texts)


def _outcomes(outcomes: Sequence[StepOutcome.ValueType]) -> str:
    """Return the outcomes that an edge waits for; empty for the usual ones."""
    if set(outcomes) == _SUCCEEDED or set(outcomes) >= _ENDED:
        return ""
    names = (StepOutcome.Name(each).removeprefix("STEP_OUTCOME_").lower() for each in outcomes)
    return " or ".join(names)


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 1]}…"
