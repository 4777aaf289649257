"""`freshet explain`."""

import json

import pytest

from compiler.cli.command import run_command_line
from compiler.explanations import explained_codes


@pytest.mark.parametrize("word", ["FR110", "fr110", "110"])
def test_a_code_is_explained_however_it_is_written(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["explain", word]) == 0

    text = capsys.readouterr().out
    assert text.startswith("FR110: A key that is not known here\n\n")
    assert "\n\nWrong:\n\n    version: '1.0'\n" in text
    assert text.endswith("\n\nSee also: FR111, FR141, FR142\n")


def test_without_a_code_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["explain"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == explained_codes()


def test_programs_get_the_parts_of_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["explain", "--format", "json", "110", "111"]) == 0

    pages = json.loads(capsys.readouterr().out)["explanations"]
    assert [page["code"] for page in pages] == ["FR110", "FR111"]
    assert set(pages[0]) == {"code", "title", "text", "bad", "good", "see_also"}


def test_codes_nearly_right_are_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["explain", "FR1110"]) == 2

    told = capsys.readouterr().err
    assert 'there is no code "FR1110"' in told
    assert "did you mean FR11" in told


def test_a_code_like_no_other_leads_to_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["explain", "nonsense"]) == 2
    assert capsys.readouterr().err.endswith("\n  help: `freshet explain` lists all\n")
