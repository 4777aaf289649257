"""What names and values become in a run."""

from freshet.plan.v1.expression_pb2 import Reference, Template, TemplatePart
from freshet.plan.v1.operation_pb2 import NamedTemplate
from freshet.runner.v1.run_pb2 import Run
from runner_service.clock import SystemClock
from runner_service.journal import Journal
from runner_service.values import Values


def test_name_with_a_hole_is_told_from_its_value_when_the_hole_is_filled() -> None:
    values = Values(Journal(Run(), SystemClock(), lambda: None), {"PAIR": "A=1=2"}, {})
    hole = Reference(source_text="${{PAIR}}", variable="PAIR")
    both = NamedTemplate(value=Template(parts=[TemplatePart(reference=hole)]))
    plain = NamedTemplate(name="B", value=Template(parts=[TemplatePart(text="x=y")]))

    assert values.named([both, plain]) == {"A": "1=2", "B": "x=y"}
