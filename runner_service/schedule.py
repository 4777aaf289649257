"""Which steps start next; pure.

Steps are nodes, dependencies are edges. Groups, conditions and success rules are refused by
`capability` before a run begins, so that nothing here ignores them silently.
"""

from __future__ import annotations

from collections.abc import Mapping

from freshet.plan.v1.plan_pb2 import Dependency, Plan, Step, StepOutcome
from freshet.runner.v1.run_pb2 import StepRun

_OUTCOMES: Mapping[StepRun.State.ValueType, StepOutcome.ValueType] = {
    StepRun.STATE_SUCCEEDED: StepOutcome.STEP_OUTCOME_SUCCEEDED,
    StepRun.STATE_FAILED: StepOutcome.STEP_OUTCOME_FAILED,
    StepRun.STATE_SKIPPED: StepOutcome.STEP_OUTCOME_SKIPPED,
    StepRun.STATE_TERMINATED: StepOutcome.STEP_OUTCOME_TERMINATED,
    StepRun.STATE_APPROVED: StepOutcome.STEP_OUTCOME_APPROVED,
    StepRun.STATE_DENIED: StepOutcome.STEP_OUTCOME_DENIED,
}


def ready_steps(plan: Plan, states: Mapping[str, StepRun.State.ValueType]) -> list[Step]:
    """Return the pending steps whose dependencies are satisfied, in the order of the plan.

    Args:
        plan: What is executed.
        states: The state of every step, by id.
    """
    return [
        step
        for step in plan.steps
        if states[step.id] == StepRun.STATE_PENDING
        and all(
            _OUTCOMES.get(states[edge.node_id]) in edge.outcomes
            for edge in step.start_rule.dependencies
        )
    ]


def expected_steps(plan: Plan, states: Mapping[str, StepRun.State.ValueType]) -> list[Step]:
    """Return the pending steps that will start if every step succeeds from now on.

    Args:
        plan: What is executed.
        states: The state of every step, by id.
    """
    expected: dict[str, Step] = {}

    def hoped(edge: Dependency) -> bool:
        state = states[edge.node_id]
        if state == StepRun.STATE_PENDING and edge.node_id not in expected:
            return False
        return _OUTCOMES.get(state, StepOutcome.STEP_OUTCOME_SUCCEEDED) in edge.outcomes

    for step in plan.steps:  # each after those that it depends on
        rule, pending = step.start_rule, states[step.id] == StepRun.STATE_PENDING
        if pending and not rule.HasField("condition") and all(map(hoped, rule.dependencies)):
            expected[step.id] = step
    return list(expected.values())
