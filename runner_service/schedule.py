"""Which steps start next; pure.

Steps are nodes, dependencies are edges. Groups, conditions and success rules are refused by
`capability` before a run begins, so that nothing here ignores them silently.
"""

from __future__ import annotations

from collections.abc import Mapping

from freshet.plan.v1.plan_pb2 import Plan, Step, StepOutcome
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
