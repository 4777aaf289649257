"""Symbols, fixes and positions."""

import pytest

from compiler import check_pipeline
from compiler.lsp.fixes import fixes
from compiler.lsp.positions import Lines
from compiler.lsp.symbols import Symbol, symbols
from compiler.syntax.outline_reader import read_outline

_NESTED = """version: '1.0'
steps:
  a:
    image: alpine
  b:
    type: parallel
    steps:
      c: {type: build}
      d:
        scale:
          e: {}
hooks: {on_fail: {image: alpine}}
"""


def _shown(symbol: Symbol) -> str:
    inner = ", ".join(_shown(child) for child in symbol.children)
    return f"{symbol.name}:{symbol.detail}" + (f"({inner})" if inner else "")


def test_symbols_are_the_steps() -> None:
    assert [_shown(each) for each in symbols(read_outline(_NESTED))] == [
        "a:freestyle",
        "b:parallel(c:build, d:freestyle(e:freestyle))",
    ]


def test_steps_of_a_resource_are_symbols() -> None:
    text = "kind: pipeline\nspec:\n  steps:\n    a: {type: push}\n"

    assert [_shown(each) for each in symbols(read_outline(text))] == ["a:push"]


def test_blocks_without_end_are_no_symbols_without_end() -> None:
    text = "".join(f"{'  ' * depth}steps:\n{'  ' * depth} a:\n" for depth in range(3000))

    assert symbols(read_outline(text))


_STEP = "version: '1.0'\nstages: [build]\nsteps:\n  image:\n    type: build\n    image_name: app\n"
_MENDED = {
    "a key": ("mod: parallel\n", "mode: parallel\n"),
    "a key of a step": ("  b:\n    image: a\n    comands: [ls]\n", "commands: [ls]"),
    "a value": ("mode: paralel\n", "mode: parallel\n"),
    "a value in quotes": ("mode: 'paralel'\n", "mode: "),
    "a stage": ("  b:\n    image: a\n    stage: biuld\n", "stage: build"),
    "a step": ("  b:\n    image: a\n    title: x\n    commands: ['${{steps.imag.result}}']\n",
               "${{steps.image.result}}"),
}  # fmt: skip


@pytest.mark.parametrize(("added", "expected"), _MENDED.values(), ids=_MENDED.keys())
def test_fix_mends(added: str, expected: str) -> None:
    checked = check_pipeline((_STEP + added).encode())
    text = checked.source.text

    (fix,) = fixes(checked.source, checked.diagnostics, len(_STEP), len(text))
    mended = text[: fix.start] + fix.replacement + text[fix.end :]

    assert expected in mended
    assert fix.diagnostic.code not in {
        each.code for each in check_pipeline(mended.encode()).diagnostics
    }


def test_fixes_elsewhere_are_not_offered() -> None:
    checked = check_pipeline(b"version: '1.0'\nsteps: {}\nmod: parallel\n")

    assert list(fixes(checked.source, checked.diagnostics, 0, 5)) == []


_TEXT = "aé\r\n😀b\rc\x85d\n"
_PLACES = [
    (0, {"utf-8": (0, 0), "utf-16": (0, 0), "utf-32": (0, 0)}),
    (2, {"utf-8": (0, 3), "utf-16": (0, 2), "utf-32": (0, 2)}),
    (4, {"utf-8": (1, 0), "utf-16": (1, 0), "utf-32": (1, 0)}),
    (5, {"utf-8": (1, 4), "utf-16": (1, 2), "utf-32": (1, 1)}),
    (7, {"utf-8": (2, 0), "utf-16": (2, 0), "utf-32": (2, 0)}),
    (9, {"utf-8": (2, 3), "utf-16": (2, 2), "utf-32": (2, 2)}),
    (11, {"utf-8": (3, 0), "utf-16": (3, 0), "utf-32": (3, 0)}),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize(("offset", "places"), _PLACES)
def test_positions_are_counted_as_negotiated(
    offset: int, places: dict[str, tuple[int, int]], encoding: str
) -> None:
    lines = Lines(_TEXT, encoding)

    assert lines.place(offset) == places[encoding]
    assert lines.offset(*places[encoding]) == offset


@pytest.mark.parametrize(("place", "offset"), [((0, 99), 2), ((1, 99), 6), ((99, 0), 11)])
def test_positions_beyond_the_text_are_taken_back(place: tuple[int, int], offset: int) -> None:
    assert Lines(_TEXT, "utf-16").offset(*place) == offset
