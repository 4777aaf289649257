"""Where words lead. The cursor is marked by `¦`, what it leads to by brackets."""

import pytest

from compiler.lsp.references import reference_at
from compiler.syntax.outline_reader import read_outline

_LEADS = [
    "steps:\n  «a»: {}\n  b:\n    title: ${{a¦}}",
    "steps:\n  «a»: {}\n  b:\n    title: x ${{steps.a.re¦sult}} y",
    "steps:\n  «a»: {}\n  b:\n    when: {steps: [{name: a¦}]}",
    "steps:\n  «a»: {}\n  b:\n    when:\n      steps:\n        all:\n        - name: 'a¦'",
    "steps:\n  p:\n    steps:\n      «a»: {}\n  b:\n    title: ${{a¦",
    "steps:\n  «a»: {}\nsuccess_criteria:\n  steps: [a¦]",
    "stages: [x, «y»]\nsteps:\n  a:\n    stage: y¦",
    "stages:\n- x\n- «y»\nsteps:\n  a:\n    stage: y¦",
    "«x»: &anchor {b: c}\nd: *anch¦or",
    "«x»: &anchor {b: c}\nd:\n  <<: *anch¦or",
    "hooks:\n  on_fail:\n    image: ${{parentSteps.a¦}}\nsteps:\n  «a»: {}",
]


@pytest.mark.parametrize("marked", _LEADS)
def test_reference_leads_to(marked: str) -> None:
    text = marked.replace("«", "").replace("»", "").replace("¦", "")
    before = marked[: marked.index("¦")]
    offset = len(before.replace("«", "").replace("»", ""))

    reference = reference_at(read_outline(text), offset)

    assert reference
    assert reference.target
    item = reference.target
    start = item.start if item.key else item.value_start
    named = text[start : item.key_end if item.key else item.value_end]
    unmarked = marked.replace("¦", "")
    assert named == unmarked[unmarked.index("«") + 1 : unmarked.index("»")]
    assert start == unmarked.index("«")


@pytest.mark.parametrize(
    "marked", ["title: a¦", "steps:\n  a:\n    stage: x¦", "a: *x¦", "steps:\n  a¦: {}", "¦"]
)
def test_no_reference(marked: str) -> None:
    assert reference_at(read_outline(marked.replace("¦", "")), marked.index("¦")) is None
