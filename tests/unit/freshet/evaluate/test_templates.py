"""What holes become."""

import pytest

from freshet.evaluate import NotBoolean, evaluate_flag, evaluate_template
from freshet.plan.v1.expression_pb2 import (
    Flag,
    Reference,
    SecretReference,
    StepMember,
    Template,
    TemplatePart,
)


class Known:
    """A lookup of fixed values."""

    def variable(self, name: str) -> str | None:
        return {"A": "a", "EMPTY": "", "YES": "Yes", "HOLE": "${{A}}"}.get(name)

    def step_member(self, step_id: str, member: str) -> str | None:
        return {("build", "imageId"): "123"}.get((step_id, member))

    def secret(self, store: str, key: str) -> str | None:
        return {("s", "k"): "hidden"}.get((store, key))


def hole(source_text: str, **target: object) -> TemplatePart:
    reference = Reference(source_text=source_text, **target)  # type: ignore[arg-type]  # one target
    return TemplatePart(reference=reference)


def test_holes_are_filled_and_text_stays() -> None:
    template = Template(
        parts=[
            TemplatePart(text="x-"),
            hole("${{A}}", variable="A"),
            hole("${{build.imageId}}", step_member=StepMember(step_id="build", member="imageId")),
            hole("${{secrets.s.k}}", secret=SecretReference(store="s", key="k")),
        ]
    )

    assert evaluate_template(template, Known()) == "x-a123hidden"


def test_reference_to_nothing_stays_as_it_was_written() -> None:
    template = Template(parts=[hole("${{ B }}", variable="B"), hole("${{C}}")])

    assert evaluate_template(template, Known()) == "${{ B }}${{C}}"


def test_empty_value_is_a_value() -> None:
    assert evaluate_template(Template(parts=[hole("x", variable="EMPTY")]), Known()) == ""


def test_value_is_not_read_again() -> None:
    assert evaluate_template(Template(parts=[hole("x", variable="HOLE")]), Known()) == "${{A}}"


def test_flag_is_constant_or_read() -> None:
    read = Flag(reference=Reference(source_text="${{YES}}", variable="YES"))

    assert evaluate_flag(Flag(constant=True), Known())
    assert not evaluate_flag(Flag(), Known())
    assert evaluate_flag(read, Known())
    assert not evaluate_flag(Flag(reference=Reference(source_text="off")), Known())


def test_flag_of_another_text_is_an_error_that_does_not_show_the_value() -> None:
    flag = Flag(reference=Reference(source_text="${{A}}", variable="A"))

    with pytest.raises(NotBoolean, match=r"\$\{\{A\}\}") as raised:
        evaluate_flag(flag, Known())

    assert '"a"' not in str(raised.value)


def test_negated_flag_is_the_opposite_of_what_is_read() -> None:
    yes = Reference(source_text="${{YES}}", variable="YES")

    assert not evaluate_flag(Flag(reference=yes, negated=True), Known())
    assert evaluate_flag(Flag(constant=False, negated=True), Known())
