"""Any bytes give a plan or diagnostics: no traceback, no hang."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compiler import compile_pipeline
from compiler.render import diagnostics_to_json, render_diagnostics

_LINES = ("version: '1.0'\n", "steps:\n", "  a:\n", "    type: build\n", "    tags: [x]\n")
_SIGNS = ("- ", "{", "}", "[", "]", "&a ", "*a", "<<: ", "|\n", ">\n", "'", '"', "${{", "}}", "#")
_REST = ("a", ": ", "\n", "\t", "!!", "%", "\x00", "é", "\ud7ff", "    image_name: x\n")
_WORDS = st.sampled_from((*_LINES, *_SIGNS, *_REST, "  b: {type: push, candidate: "))


def judged(content: bytes) -> None:
    compiled = compile_pipeline(content)
    rendered = render_diagnostics(compiled)
    json = diagnostics_to_json([compiled])

    assert (compiled.plan is None) == (not compiled.valid)
    assert bool(rendered) == bool(compiled.diagnostics) == bool(json["files"][0]["diagnostics"])


@given(st.binary(max_size=200))
@example(b"\xff")
@example(b"a: \xed\xa0\x80")
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
        + b"".join(b"s%d: {typ: x}, " % n for n in range(3000))
        + b"}\n",
    ],
    ids=["flow", "maps", "dashes", "aliases", "holes", "long", "steps"],
)
def test_hostile_input_is_judged_in_time(content: bytes) -> None:
    begin = time.process_time()

    judged(content)

    assert time.process_time() - begin < 10  # a hang, not slowness, is what this finds
