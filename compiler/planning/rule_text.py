"""When nodes of a plan start, succeed and fail, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from compiler.planning.operation_text import annotate_lines, one_line
from freshet.plan.v1.expression_pb2 import Condition
from freshet.plan.v1.plan_pb2 import (
    Dependency,
    FailureRule,
    OutcomeNote,
    StartRule,
    StepOutcome,
    SuccessRule,
)

_OUTCOMES = {
    StepOutcome.STEP_OUTCOME_SUCCEEDED: "succeeded",
    StepOutcome.STEP_OUTCOME_FAILED: "failed",
    StepOutcome.STEP_OUTCOME_SKIPPED: "was skipped",
    StepOutcome.STEP_OUTCOME_TERMINATED: "was terminated",
    StepOutcome.STEP_OUTCOME_APPROVED: "was approved",
    StepOutcome.STEP_OUTCOME_DENIED: "was denied",
}
_IMPLIED = {
    StepOutcome.STEP_OUTCOME_APPROVED: StepOutcome.STEP_OUTCOME_SUCCEEDED,
    StepOutcome.STEP_OUTCOME_DENIED: StepOutcome.STEP_OUTCOME_FAILED,
}
"""Outcomes that need no word beside the more common one."""
_WAITING = {
    StartRule.WAITING_UNSPECIFIED: "if",
    StartRule.WAITING_SKIP: "if",
    StartRule.WAITING_REPEAT: "as soon as",
    StartRule.WAITING_REPEAT_TO_THE_END: "as soon as",
}


def start_lines(rule: StartRule, before: str) -> Iterator[str]:
    """Yield what is waited for, but for the end of the node `before`, which its place tells."""
    for edge in rule.dependencies:
        if edge.node_id != before or not is_after(edge):
            yield f"after {edge.node_id} {_outcome(edge.outcomes, 'ended')}"
    if rule.HasField("condition"):
        yield from _condition(rule.condition, _WAITING[rule.waiting])
    if rule.waiting == StartRule.WAITING_REPEAT_TO_THE_END:
        yield "looked at once more when all else has ended"


def is_after(edge: Dependency) -> bool:
    """Whether any outcome will do."""
    return len(edge.outcomes) == len(_OUTCOMES)


def success_lines(rule: SuccessRule) -> Iterator[str]:
    """Yield what decides a result."""
    always = rule.always
    if always.constant:
        yield "succeeds whatever its steps do"
        return
    if always.WhichOneof("value") == "reference":
        word = "unless" if always.negated else "if"
        yield f"succeeds whatever its steps do, {word} {always.reference.source_text}"
    if rule.only_node_ids:
        yield f"succeeds if {', '.join(rule.only_node_ids)} did"
    if rule.ignored_node_ids:
        yield f"succeeds whatever {', '.join(rule.ignored_node_ids)} did"
    if rule.HasField("condition"):
        yield from _condition(rule.condition, "succeeds only if")


def failure_lines(rule: FailureRule) -> Iterator[str]:
    """Yield what a failure does to the run, unless it stops it."""
    if rule.fail_fast.WhichOneof("value") == "reference":
        yield f"its failure stops the run if {rule.fail_fast.reference.source_text}"
    elif not rule.fail_fast.constant:
        at_end = ", and fails at its end" if rule.strict_fail_fast.constant else ""
        yield f"may fail: the run goes on{at_end}"


def note_lines(notes: Iterable[OutcomeNote]) -> Iterator[str]:
    """Yield what is noted at the end."""
    for note in notes:
        when = _outcome(note.outcomes, "has ended")
        yield from (f"when it {when}: {line}" for line in annotate_lines(note.annotate))


def _outcome(outcomes: Collection[StepOutcome.ValueType], any_word: str) -> str:
    """Return outcomes in words; `any_word` when there are so many that they mean any."""
    words = [_OUTCOMES[each] for each in outcomes if _IMPLIED.get(each, 0) not in outcomes]
    return any_word if len(words) > 2 else " or ".join(words)


def _condition(condition: Condition, word: str) -> Iterator[str]:
    """Yield the parts that must all hold, each in the user's own words."""
    for index, part in enumerate(_parts(condition)):
        lead = word if index == 0 else "and"
        if part.WhichOneof("kind") == "any_of" and len(part.any_of.conditions) > 1:
            yield f"{lead} one of these holds:"
            for each in part.any_of.conditions:
                yield from (f"  {line}" for line in _condition(each, "-"))
        else:
            yield f"{lead} {_term(part)}"


def _parts(condition: Condition) -> Iterator[Condition]:
    if condition.WhichOneof("kind") != "all_of":
        yield condition
        return
    for part in condition.all_of.conditions:
        yield from _parts(part)


def _term(part: Condition) -> str:
    if part.WhichOneof("kind") == "any_of":
        return _term(part.any_of.conditions[0]) if part.any_of.conditions else "one of none holds"
    return f"{part.term.display_name}: {one_line(part.term.source_text)}"
