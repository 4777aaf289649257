"""`compiler.check_pipeline` and `compile_pipeline`, as other programs call them."""

import compiler
from compiler import check_pipeline, compile_pipeline

_PIPELINE = "version: '1.0'\nsteps:\n  a: {image: alpine}\n"


def test_the_front_door_is_listed() -> None:
    assert compiler.__all__ == ["Checked", "Compiled", "check_pipeline", "compile_pipeline"]


def test_text_and_bytes_mean_the_same() -> None:
    text, content = compile_pipeline(_PIPELINE), compile_pipeline(_PIPELINE.encode())

    assert text.valid
    assert text.plan == content.plan
    assert text.diagnostics == content.diagnostics


def test_text_that_is_no_unicode_is_told() -> None:
    checked = check_pipeline("a: \ud800")

    assert [each.code for each in checked.diagnostics] == ["FR100"]
