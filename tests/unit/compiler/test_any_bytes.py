"""Any bytes give a plan or diagnostics: no traceback, no hang."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compiler import compile_pipeline
from compiler.planning.text import render_plan
from compiler.render import diagnostics_to_json, render_diagnostics

_LINES = ("version: '1.0'\n", "steps:\n", "  a:\n", "    type: build\n", "    tags: [x]\n")
_SIGNS = ("- ", "{", "}", "[", "]", "&a ", "*a", "<<: ", "|\n", ">\n", "'", '"', "${{", "}}", "#")
_REST = ("a", ": ", "\n", "\t", "!!", "%", "\x00", "é", "\ud7ff", "    image_name: x\n")
_BREAKS = ("\r", "\r\n", "\x85", "\u2028", "\u2029")
_CLONE = "version: '1.0'\nsteps:\n  a:\n    type: git-clone\n    repo: a/b\n"
_WORDS = st.sampled_from((*_LINES, *_SIGNS, *_REST, *_BREAKS, "  b: {type: push, candidate: "))
_NUMBERS = (".nan", "-.inf", "1e400", "-1", "0", "1.5", "'3'", "9" * 4200, "true", "null", "[]")


def judged(content: bytes) -> None:
    compiled = compile_pipeline(content)
    rendered = render_diagnostics(compiled)
    json = diagnostics_to_json([compiled])

    assert (compiled.plan is None) == (not compiled.valid)
    assert compiled.plan is None or render_plan(compiled.plan)
    assert bool(rendered) == bool(compiled.diagnostics) == bool(json["files"][0]["diagnostics"])


@given(st.binary(max_size=200))
@example(b"\xff")
@example(b"a: \xed\xa0\x80")
@example(b"a: 1\rb: c: d")
@example("a: 1\u2028b: c: d".encode())
@example(b"a: [")
def test_random_bytes(content: bytes) -> None:
    judged(content)


@given(st.lists(_WORDS, max_size=40))
def test_random_words_of_the_language(words: list[str]) -> None:
    judged("".join(words).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b"{a: " * 50_000,
        b"- " * 100_000,
        b"a: &a [x]\n" + b"".join(b"a%d: &a [*a, *a, *a, *a]\n" % n for n in range(200)),
        b"version: '1.0'\nsteps:\n  a: {type: build, image_name: '" + b"${{" * 100_000 + b"'}\n",
        b"version: '1.0'\nsteps:\n  a: {type: build, image_name: '" + b"x" * 1_000_000 + b"'}\n",
        b"version: '1.0'\nsteps: {"
        + b"".join(b"s%d: {typ: x}, " % n for n in range(20_000))
        + b"}\n",
        b"version: '1.0'\nsteps: {a: {" + b"tag: x, " * 40_000 + b"}}\n",
        b"version: '1.0'\nsteps:\n  a: {type: build, image_name: '"
        + b"".join(b"${{steps.t%d.x}}" % n for n in range(20_000))
        + b"'}\n",
        b"version: '1.0'\nsteps:\n"
        + b"".join(b"  s%d: {type: push, candidate: '${{ss%d}}'}\n" % (n, n) for n in range(4000)),
        b"version: '1.0'\nsteps: {a: {type: build, image_name: '${{" + b"a." * 100_000 + b"}}'}}\n",
    ],
    ids=[
        "flow",
        "maps",
        "dashes",
        "aliases",
        "holes",
        "long",
        "steps",
        "keys",
        "references",
        "candidates",
        "names",
    ],
)
def test_hostile_input_is_judged_in_time(content: bytes) -> None:
    begin = time.process_time()

    judged(content)

    assert time.process_time() - begin < 10  # a hang, not slowness, is what this finds


@pytest.mark.parametrize("number", _NUMBERS, ids=lambda number: number[:6])
@pytest.mark.parametrize(
    "field",
    ["depth: {}", "retry: {{maxAttempts: {}}}", "retry: {{delay: {}}}", "timeout: {}m"],
)
def test_no_number_is_too_much(field: str, number: str) -> None:
    judged(f"{_CLONE}    {field.format(number)}\n".encode())
