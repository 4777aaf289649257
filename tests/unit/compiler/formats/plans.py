"""A plan with everything that a graph shows, made by hand."""

from collections.abc import Sequence

from freshet.plan.v1.expression_pb2 import Condition, ConditionList, ConditionTerm
from freshet.plan.v1.plan_pb2 import (
    Dependency,
    Group,
    Hook,
    Plan,
    StartRule,
    Step,
    StepOutcome,
)

SUCCEEDED = (StepOutcome.STEP_OUTCOME_SUCCEEDED,)
FAILED = (StepOutcome.STEP_OUTCOME_FAILED,)
ENDED = (*SUCCEEDED, *FAILED, StepOutcome.STEP_OUTCOME_SKIPPED, StepOutcome.STEP_OUTCOME_TERMINATED)


def after(node_id: str, outcomes: Sequence[StepOutcome.ValueType] = ENDED) -> StartRule:
    return StartRule(dependencies=[Dependency(node_id=node_id, outcomes=outcomes)])


def term(source_text: str) -> Condition:
    return Condition(term=ConditionTerm(source_text=source_text))


BOTH = Condition(
    all_of=ConditionList(
        conditions=[
            term("branch == 'main'"),
            Condition(any_of=ConditionList(conditions=[term("a"), term("b")])),
        ]
    )
)
PLAN = Plan(
    stages=["make", "ship"],
    steps=[
        Step(id="clone", display_name="Get it", type="git-clone"),
        Step(id="one", type="build", stage="make", group_id="builds"),
        Step(id="two", type="build", stage="ship", group_id="builds"),
        Step(
            id="ship",
            type="push",
            stage="ship",
            start_rule=StartRule(
                dependencies=[Dependency(node_id="builds", outcomes=SUCCEEDED)], condition=BOTH
            ),
        ),
        Step(id="mourn", type="freestyle", start_rule=after("ship", FAILED)),
        Step(id="ship.on_fail/tell", type="freestyle", group_id="ship.on_fail"),
    ],
    groups=[
        Group(
            id="builds",
            display_name="Builds",
            start_rule=StartRule(
                dependencies=[Dependency(node_id="clone", outcomes=ENDED)], condition=term("x")
            ),
        ),
        Group(id="ship.on_fail", hook=Hook(step_id="ship", point=Hook.POINT_ON_FAIL)),
        Group(id="ship.on_elected", hook=Hook(step_id="ship", point=Hook.POINT_ON_ELECTED)),
        Group(id="on_finish", hook=Hook(point=Hook.POINT_ON_FINISH)),
    ],
)
HOSTILE = '" ] --> x; end\n%%{init}%% <b>&quot; \\ #1; ```'
"""A title that would break a graph out of its quotes."""
