"""Holes of strings."""

import os
import subprocess
import sys

import pytest

from compiler.syntax.templates import Hole, holes, read_template, whole_hole

_ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_text_and_holes_come_in_order() -> None:
    parts = read_template("a-${{X}}-${{steps.my-step.output.Y}}!")

    assert parts == (
        "a-",
        Hole(("X",), "${{X}}"),
        "-",
        Hole(("steps", "my-step", "output", "Y"), "${{steps.my-step.output.Y}}"),
        "!",
    )


@pytest.mark.parametrize("text", ["${{}}", "${{.}}", "${{a..b}}", "${{ }}", "${{a", "${{a\nb}}"])
def test_what_refers_to_nothing_stays_text(text: str) -> None:
    assert read_template(text) == (text,)


@pytest.mark.parametrize("text", ["", "$X", "${X}", "plain", "{{X}}"])
def test_strings_without_holes_are_themselves(text: str) -> None:
    assert "".join(str(part) for part in read_template(text)) == text
    assert holes(text) == ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("${{ A }}", ("A",)),
        ("${{my step}}", ("my step",)),
        ("${{ my-step.imageName }}", ("my-step", "imageName")),
        ("${{secrets.vault.path@key}}", ("secrets", "vault", "path@key")),
        ("${{A:-x}}", ("A:-x",)),
        ("${{ö.ü}}", ("ö", "ü")),
    ],
)
def test_names_are_split_at_dots_and_lose_blanks_around(text: str, names: tuple[str, ...]) -> None:
    hole = whole_hole(text)

    assert hole is not None
    assert hole.names == names
    assert hole.text == text


def test_the_shortest_hole_is_taken() -> None:
    assert holes("${{A${{B}}}}") == (Hole(("A${{B",), "${{A${{B}}"),)


@pytest.mark.parametrize("text", ["x${{A}}", "${{A}}${{B}}", "A"])
def test_a_whole_hole_has_nothing_beside_it(text: str) -> None:
    assert whole_hole(text) is None


def test_plain_names_need_no_parser() -> None:
    program = (
        "import sys\n"
        "from compiler.syntax.templates import holes\n"
        "assert len(holes('${{A}} ${{my-step.imageName}} ${{steps.a.output.B}}')) == 3\n"
        "raise SystemExit('lark' in sys.modules)\n"
    )

    assert subprocess.run([sys.executable, "-c", program], env=_ENVIRONMENT).returncode == 0
