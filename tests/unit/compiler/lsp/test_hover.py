"""What is said about a place. The cursor is marked by `¦`."""

import pytest

from compiler.lsp.hover import hover
from compiler.syntax.outline_reader import read_outline

_STEPS = """version: '1.0'
steps:
  image: &x
    type: build
    image_name: app
"""
_SAID = {
    "mo¦de: parallel": ["**mode**", "Default: `sequential`", "One of `sequential`, `parallel`."],
    "steps:\n  a:\n    ty¦pe: build": ["**type**"],
    "steps:\n  a:\n    type: build\n    image¦_name: x": ["**image_name** (required)"],
    "steps:\n  a:\n    type: build\n    image¦-name: x": ["**image_name** (required)"],
    "steps:\n  a: {type: build, ta¦g: x": ["**tag**", "Tag of the image"],
    "steps:\n  a:\n    retry:\n      de¦lay: 3": ["**delay**", "Seconds"],
    "steps:\n  a:\n    type: bu¦ild:1.0.0": ["**build**", "Builds an image"],
    "steps:\n  im¦age:\n    type: build": ["**image**", "type `build`"],
    "hooks:\n  on_f¦ail: [ls]": ["**on_fail**", "after failure"],
    _STEPS + "  p:\n    candidate: ${{im¦age}}": ["**image**", "type `build`"],
    _STEPS + "  p:\n    title: a ${{steps.image.image¦Id}} b": ["**image**", "Id of the image."],
    _STEPS + "  p:\n    commands:\n    - |\n      echo ${{CF_BR¦ANCH}}": ["**CF_BRANCH**"],
    _STEPS + "  p:\n    when: {steps: [{name: im¦age}]}": ["**image**", "type `build`"],
}


@pytest.mark.parametrize(("marked", "expected"), _SAID.items(), ids=range(len(_SAID)))
def test_hover_says(marked: str, expected: list[str]) -> None:
    explained = hover(read_outline(marked.replace("¦", "")), marked.index("¦"))

    assert explained
    assert [part for part in expected if part not in explained.text] == []
    assert explained.start <= marked.index("¦") <= explained.end


_UNSAID = [
    "¦",
    "# mo¦de",
    "nonsen¦se: 1",
    "mode: par¦allel",
    "a: ${{UNKN¦OWN}}",
    "a: ${{¦}}",
    "steps:\n  a:\n    image: alp¦ine",
    "a: &x b\nc: *x¦",
]


@pytest.mark.parametrize("marked", _UNSAID)
def test_hover_says_nothing(marked: str) -> None:
    assert hover(read_outline(marked.replace("¦", "")), marked.index("¦")) is None
