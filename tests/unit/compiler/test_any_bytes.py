"""Any bytes give a plan or diagnostics: no traceback, no hang."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conformance.test_cases import CASES
from tests.fuzz.judging import judged
from tests.fuzz.mutations import mutations_of
from tests.fuzz.pipelines import pipelines

_CASES = [path.read_bytes() for path in sorted(CASES.glob("*.yml"))]

_LINES = ("version: '1.0'\n", "steps:\n", "  a:\n", "    type: build\n", "    tags: [x]\n")
_SIGNS = ("- ", "{", "}", "[", "]", "&a ", "*a", "<<: ", "|\n", ">\n", "'", '"', "${{", "}}", "#")
_REST = ("a", ": ", "\n", "\t", "!!", "%", "\x00", "é", "\ud7ff", "    image_name: x\n")
_BREAKS = ("\r", "\r\n", "\x85", "\u2028", "\u2029")
_CLONE = "version: '1.0'\nsteps:\n  a:\n    type: git-clone\n    repo: a/b\n"
_WORDS = st.sampled_from((*_LINES, *_SIGNS, *_REST, *_BREAKS, "  b: {type: push, candidate: "))
_NUMBERS = (".nan", "-.inf", "1e400", "-1", "0", "1.5", "'3'", "9" * 4200, "true", "null", "[]")
_generous = settings(
    deadline=timedelta(seconds=2),  # in all formats and twice, on a machine with other work
    suppress_health_check=[HealthCheck.too_slow],  # it takes time to make a whole pipeline
)


@given(st.binary(max_size=200))
@example(b"\xff")
@example(b"a: \xed\xa0\x80")
@example(b"a: 1\rb: c: d")
@example("a: 1\u2028b: c: d".encode())
@example(b"a: [")
@example(b"---\n ")
def test_random_bytes(content: bytes) -> None:
    judged(content)


@given(st.lists(_WORDS, max_size=40))
def test_random_words_of_the_language(words: list[str]) -> None:
    judged("".join(words).encode())


@given(st.text())
def test_random_text(text: str) -> None:
    judged(text.encode(errors="surrogatepass"))


@given(pipelines())
@_generous
def test_pipelines_of_the_tables(content: bytes) -> None:
    judged(content)


@given(mutations_of(_CASES))
@_generous
def test_mutated_cases(content: bytes) -> None:
    judged(content)


@pytest.mark.parametrize("number", _NUMBERS, ids=lambda number: number[:6])
@pytest.mark.parametrize(
    "field",
    ["depth: {}", "retry: {{maxAttempts: {}}}", "retry: {{delay: {}}}", "timeout: {}m"],
)
def test_no_number_is_too_much(field: str, number: str) -> None:
    judged(f"{_CLONE}    {field.format(number)}\n".encode())
