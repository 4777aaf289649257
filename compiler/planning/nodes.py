"""The nodes of a plan and what they wait for: a walk over the tree of steps, blocks and hooks."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from compiler.model.steps import Resolved, ResolvedBlock, ResolvedHook, ResolvedPipeline
from compiler.planning.edges import Waiting, after, start_rule
from compiler.planning.places import Places
from compiler.planning.steps import (
    Defaults,
    annotation_step,
    block_group,
    defaults_of,
    hook_group,
    plan_step,
)
from compiler.planning.templates import Templates
from freshet.plan.v1 import plan_pb2 as messages


class Nodes:
    """The steps and groups of a plan, in its order."""

    def __init__(self, templates: Templates) -> None:
        """Be empty; `templates` remember what the pipeline reads."""
        self.steps: list[messages.Step] = []
        self.groups: list[messages.Group] = []
        self.places = Places()
        self._templates = templates
        self._hooks: deque[tuple[str, ResolvedHook]] = deque()

    def add(self, resolved: ResolvedPipeline) -> None:
        """Add everything, hooks last: first those of steps, then those of the pipeline."""
        pipeline = resolved.pipeline
        defaults = defaults_of(pipeline)
        waiting = Waiting(in_order=not pipeline.is_parallel, repeats=pipeline.is_parallel)
        self._add_members(resolved.steps, "", waiting, defaults, self._templates)
        self._hooks.extend(("", hook) for hook in resolved.hooks)
        while self._hooks:
            self._add_hook(*self._hooks.popleft(), defaults)

    def _add_members(
        self,
        members: Sequence[Resolved],
        group_id: str,
        waiting: Waiting,
        defaults: Defaults,
        templates: Templates,
    ) -> None:
        before = ""
        for member in members:
            node = self._add_node(member, waiting, defaults, templates)
            node.group_id = group_id
            if member.step.when:
                rule = start_rule(member.step.when, waiting, templates)
                node.start_rule.CopyFrom(rule)
            if waiting.in_order and before:
                node.start_rule.dependencies.extend(after(before))
            before = member.id
            self._hooks.extend((member.id, hook) for hook in member.hooks)

    def _add_node(
        self, member: Resolved, waiting: Waiting, defaults: Defaults, templates: Templates
    ) -> messages.Step | messages.Group:
        if not isinstance(member, ResolvedBlock):
            step = plan_step(member, defaults, templates)
            self.steps.append(step)
            self.places.add_step(step, member.step)
            return step
        group = block_group(member, defaults, templates)
        self.groups.append(group)
        self.places.add_block(member.id, member.step)
        inside = Waiting(repeats=waiting.repeats, siblings=_names(member.members))
        self._add_members(
            member.members, member.id, inside, defaults.of_block(member.step), templates
        )
        return group

    def _add_hook(self, step_id: str, hook: ResolvedHook, defaults: Defaults) -> None:
        steps = [member.step for member in hook.members]
        templates = self._templates.inside(self._templates.scope.inside(hook.id, steps))
        self.groups.append(hook_group(hook, step_id, templates))
        self.places.add(hook.id, hook.hook.span)
        siblings = _names(hook.members) if hook.hook.parallel else frozenset()
        waiting = Waiting(in_order=not hook.hook.parallel, siblings=siblings)
        inside = defaults.of_hook(hook.hook)
        self._add_members(hook.members, hook.id, waiting, inside, templates)
        notes = annotation_step(hook, templates)
        if notes:
            notes.group_id = hook.id
            last = hook.members if hook.hook.parallel else hook.members[-1:]
            notes.start_rule.dependencies.extend(after(*(member.id for member in last)))
            self.steps.append(notes)
            self.places.add(notes.id, hook.hook.span)


def _names(members: Sequence[Resolved]) -> frozenset[str]:
    return frozenset(member.step.name.text for member in members)
