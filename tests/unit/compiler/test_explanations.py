"""Every code has one page, and the pages say the truth.

To add a page, write `compiler/explanations/FR….md` in the form that `compiler.explanations` shows.
Where a bad example needs more than its text, say so in `_COMPLETED` or `_CONTEXTS`.
"""

import ast
import io
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from compiler import mistakes
from compiler.cli.command import run_command_line
from compiler.cli.registry.file import read_registries
from compiler.diagnostics import Findings
from compiler.driver import MAX_SIZE_BYTES, check_pipeline
from compiler.explanations import Explanation, explained_codes, read_explanation
from compiler.source import Source
from registry_service import naming
from tests.conformance.account import account_of

_MAX_LINE = 100
_CODE = re.compile(r"FR\d{3}")


_PUSHING = """\
version: '1.0'
steps:
  image:
    type: build
    image_name: acme/app
    registry: main
"""

_COMPLETED: dict[str, Callable[[str], str]] = {
    "FR100": lambda text: text.replace("␀", "\0"),
    "FR103": lambda text: text.replace("[[[…]]]", "[" * 1000 + "]" * 1000),
    "FR106": lambda text: text + "".join(f"more{n}: x\n" for n in range(1000)),
    "FR185": lambda text: text.replace("npm test\n", "npm test\n" + "      - x\n" * 5000),
    "FR148": lambda text: text + "".join(f"    more{n}: x\n" for n in range(1001)),
    "FR186": lambda text: text + "".join(f"  more{n}: {{image: x}}\n" for n in range(6000)),
    "FR187": lambda text: text + "      - ${{CF_BRANCH}}\n" * 10_000,
    "FR109": lambda text: text + "# and so on\n" * (MAX_SIZE_BYTES // 10),
}
"""What completes bad examples that would be too long or no text."""

_MAIN = {"name": "main", "domain": "main.example.com"}
_TWO: dict[str, Any] = {
    "registries": [
        _MAIN,
        {"name": "twin", "domain": "main.example.com"},
        {"name": "cloud", "domain": "1.dkr.ecr.eu-west-1.amazonaws.com", "provider": "ecr"},
    ],
    "git": [{"metadata": {"name": "github"}}, {"metadata": {"name": "gitlab"}}],
    "clusters": [{"selector": "production"}, {"selector": "staging"}],
    "autoPush": True,
}
_NOTHING: dict[str, Any] = {"autoPush": True}
_CONTEXTS: dict[str, Mapping[str, Any]] = {
    **dict.fromkeys(("FR201", "FR202", "FR203", "FR205", "FR206", "FR207", "FR299"), _TWO),
    **dict.fromkeys(("FR301", "FR302", "FR303", "FR401", "FR402", "FR403"), _TWO),
    **dict.fromkeys(("FR200", "FR400"), _NOTHING),
    "FR204": {"registries": [_MAIN]},
    "FR300": {"registries": [_MAIN]},
    "FR601": {"registries": [_MAIN]},
}
"""The accounts that pipelines are judged beside, in the shape that `account_of` reads."""

_OF_CATALOGS = "FR5"
"""How the codes begin whose examples are catalogs and no pipelines."""
_OF_REGISTRIES = "FR503"
"""The code whose examples are files of registries."""


def all_codes() -> set[str]:
    """Return the codes that stand in the modules of mistakes, and those of the registry service."""
    mistake_constants = constants(Path(mistakes.__file__).parent)
    codes = {each for each in mistake_constants if isinstance(each, str) and _CODE.fullmatch(each)}
    return codes | {f"FR{number}" for number in numbers_of_notices()} | {"FR299"}


def numbers_of_notices() -> set[object]:
    """Return the numbers that notices of the registry service have; without one it is FR299."""
    return {
        keyword.value.value
        for node in nodes(Path(naming.__file__).parent)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Notice"
        for keyword in node.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
    }


def constants(package: Path) -> set[object]:
    """Return the constants that stand in the modules of a package."""
    return {node.value for node in nodes(package) if isinstance(node, ast.Constant)}


def nodes(package: Path) -> Iterator[ast.AST]:
    """Yield the parts of the modules of a package."""
    for path in package.glob("*.py"):
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def page_of(code: str) -> Explanation:
    page = read_explanation(code)
    assert page
    return page


def judged(code: str, example: str, folder: Path) -> tuple[bool, set[str]]:
    """Return whether an example is valid, and the codes it gives."""
    if code == _OF_REGISTRIES:
        findings = Findings()
        read_registries(Source("registries.yml", example, b""), folder, findings)
        return not findings.has_errors, {each.code for each in findings.in_order()}
    if code.startswith(_OF_CATALOGS):
        return _judged_catalog(example, folder)
    context = _CONTEXTS.get(code)
    registries, account = account_of(context) if context is not None else (None, None)
    checked = check_pipeline(example.encode(), registries=registries, account=account)
    return checked.valid, {each.code for each in checked.diagnostics}


def _judged_catalog(example: str, folder: Path) -> tuple[bool, set[str]]:
    catalog, pipeline = folder / "catalog.yml", folder / "codefresh.yml"
    catalog.write_text(example, encoding="utf-8")
    pipeline.write_text(_PUSHING, encoding="utf-8")
    told = io.StringIO()
    with redirect_stderr(told), redirect_stdout(told):
        exit_code = run_command_line(["check", "--catalog", str(catalog), str(pipeline)])
    return exit_code == 0, set(_CODE.findall(told.getvalue()))


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert set(explained_codes()) == all_codes()


def test_a_code_that_is_none_has_no_page() -> None:
    assert read_explanation("FR999") is None
    assert read_explanation("../FR110") is None


@pytest.mark.parametrize("code", explained_codes())
def test_bad_example_gives_the_code(code: str, tmp_path: Path) -> None:
    example = _COMPLETED.get(code, str)(page_of(code).bad)

    _, codes = judged(code, example, tmp_path)

    assert code in codes


@pytest.mark.parametrize("code", explained_codes())
def test_good_example_is_valid_and_gives_it_not(code: str, tmp_path: Path) -> None:
    valid, codes = judged(code, page_of(code).good, tmp_path)

    assert valid, codes
    assert code not in codes


@pytest.mark.parametrize("code", explained_codes())
def test_text_is_short_and_refers_to_pages_that_are_there(code: str) -> None:
    page = page_of(code)

    assert not page.title.endswith(".")
    assert 2 <= page.text.count(". ") + page.text.count(".\n") + 1 <= 8
    assert max(map(len, page.text.splitlines())) <= _MAX_LINE
    assert code not in page.see_also
    assert set(page.see_also) <= set(explained_codes())
