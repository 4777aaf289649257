"""When steps may start: what they wait for, and what must hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from compiler.language.parts import Dependency, When
from compiler.planning.conditions import all_of, branch_condition, named_conditions
from compiler.planning.templates import Templates
from compiler.record import Record
from freshet.plan.v1 import expression_pb2 as expressions
from freshet.plan.v1 import plan_pb2 as messages
from freshet.plan.v1.expression_pb2 import Condition, Expression
from freshet.plan.v1.plan_pb2 import StartRule, StepOutcome

_SUCCEEDED = StepOutcome.STEP_OUTCOME_SUCCEEDED
_FAILED = StepOutcome.STEP_OUTCOME_FAILED
_SKIPPED = StepOutcome.STEP_OUTCOME_SKIPPED
_TERMINATED = StepOutcome.STEP_OUTCOME_TERMINATED
_APPROVED = StepOutcome.STEP_OUTCOME_APPROVED
_DENIED = StepOutcome.STEP_OUTCOME_DENIED
_ENDED = (_SUCCEEDED, _FAILED, _SKIPPED, _TERMINATED, _APPROVED, _DENIED)
_OUTCOMES = {
    "success": (_SUCCEEDED, _APPROVED),
    "failure": (_FAILED, _DENIED),
    "skipped": (_SKIPPED,),
    "finished": _ENDED,
    "approved": (_APPROVED,),
    "denied": (_DENIED,),
    "terminated": (_TERMINATED,),
}
"""The outcomes that are meant by the states in which a step stays."""
_RESULTS = {
    _SUCCEEDED: "success",
    _FAILED: "failure",
    _SKIPPED: "skipped",
    _TERMINATED: "terminated",
    _APPROVED: "approved",
    _DENIED: "denied",
}
"""The words of the language for how a step ended."""
_DEFAULT_STATES = ("success",)
_WORKFLOW = re.compile(r"\bworkflow\b")


class Waiting(Record):
    """How steps that stand together wait."""

    in_order: bool = False
    """Whether each waits for the one before it."""
    repeats: bool = False
    """Whether conditions are looked at again until they hold."""
    siblings: frozenset[str] = frozenset()
    """Names of the steps that may run at the same time, so that they are waited for."""


def after(*node_ids: str) -> Iterator[messages.Dependency]:
    """Yield edges that are satisfied when the nodes have ended, however they did."""
    for node_id in node_ids:
        yield messages.Dependency(node_id=node_id, outcomes=_ENDED)


def start_rule(when: When, waiting: Waiting, templates: Templates) -> StartRule:
    """Return what a step waits for by its own words."""
    edges, tests = _dependencies(when, waiting)
    rule = StartRule(dependencies=[_edge(each, templates) for each in edges])
    conditions = list(_conditions(when, tests, templates))
    if conditions:
        rule.condition.CopyFrom(conditions[0] if len(conditions) == 1 else all_of(conditions))
        repeats = waiting.repeats or any(each.name.text in waiting.siblings for each in tests)
        rule.waiting = _waiting(when, repeats)
    return rule


def _dependencies(when: When, waiting: Waiting) -> tuple[list[Dependency], list[Dependency]]:
    """Return the steps that are waited for, and those whose state is only tested."""
    if when.steps is None:
        return [], []
    if when.steps.any:
        return [], list(when.steps.items)
    edges = [each for each in when.steps.items if _is_edge(each, waiting)]
    return edges, [each for each in when.steps.items if each not in edges]


def _is_edge(dependency: Dependency, waiting: Waiting) -> bool:
    """Whether a step is waited for until it is in a state in which it stays."""
    is_waited_for = waiting.repeats or dependency.name.text in waiting.siblings
    return is_waited_for and all(state in _OUTCOMES for state in _states(dependency))


def _waiting(when: When, repeats: bool) -> StartRule.Waiting.ValueType:
    if not repeats:
        return StartRule.WAITING_SKIP
    named = (*(when.condition.all or ()), *(when.condition.any or ())) if when.condition else ()
    if any(_WORKFLOW.search(each.expression.text) for each in named):
        return StartRule.WAITING_REPEAT_TO_THE_END
    return StartRule.WAITING_REPEAT


def _conditions(
    when: When, tests: Iterable[Dependency], templates: Templates
) -> Iterator[Condition]:
    if when.branch:
        yield branch_condition(when.branch.only or (), when.branch.ignore or (), templates)
    if when.condition:
        yield named_conditions(when.condition.all, when.condition.any, templates)
    terms = [Condition(term=_test(each, templates)) for each in tests]
    if when.steps and when.steps.any:
        yield Condition(any_of=expressions.ConditionList(conditions=terms))
    else:
        yield from terms


def _edge(dependency: Dependency, templates: Templates) -> messages.Dependency:
    outcomes = {outcome for state in _states(dependency) for outcome in _OUTCOMES[state]}
    return messages.Dependency(
        node_id=templates.step_id(dependency.name.text), outcomes=sorted(outcomes)
    )


def _test(dependency: Dependency, templates: Templates) -> expressions.ConditionTerm:
    """Return the test of a step's state, worded as the user wrote it."""
    states = _states(dependency)
    results = dict.fromkeys(
        result
        for state in states
        for result in (
            [_RESULTS[each] for each in _OUTCOMES[state]] if state in _OUTCOMES else [state]
        )
    )
    step_id = templates.step_id(dependency.name.text)
    tests = [_has_result(step_id, result) for result in results]
    return expressions.ConditionTerm(
        display_name="steps",
        source_text=f"{dependency.name.text} on [{', '.join(states)}]",
        expression=tests[0] if len(tests) == 1 else _call("||", *tests),
    )


def _has_result(step_id: str, result: str) -> Expression:
    member = expressions.StepMember(step_id=step_id, member="result")
    hole = expressions.Reference(source_text=f"${{{{steps.{step_id}.result}}}}", step_member=member)
    found = expressions.Template(parts=[expressions.TemplatePart(reference=hole)])
    expected = expressions.Literal(string_value=result)
    return _call("==", Expression(text=found), Expression(literal=expected))


def _call(function: str, *arguments: Expression) -> Expression:
    return Expression(call=expressions.Call(function=function, arguments=arguments))


def _states(dependency: Dependency) -> tuple[str, ...]:
    return tuple(state.text for state in dependency.on) or _DEFAULT_STATES
