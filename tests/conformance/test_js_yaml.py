r"""Texts mean what js-yaml 4 says they mean, but for the differences that have a name here.

Two hold for every text: JavaScript's objects make strings of all keys and lay whole numbers first,
where a key of ours is its text and stays in its place; and our numbers keep all their digits.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.folder import FOLDER
from tests.conformance.js_yaml import REFUSED, read_by_compiler, read_by_js_yaml

_CASES = Path(__file__).with_name("cases")
_NOT_COMPARED = {"aliases_of_aliases.yml", "anchor_in_itself.yml", "not_utf8.yml"}
"""The first is bounded here only; the second differs, as is told below; the third is no text."""
_SAME: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("js_yaml_texts.json").read_text(encoding="utf-8")
)
_DIFFERENCES = {
    "a date stays text": ("2024-01-01", "2024-01-01T00:00:00Z"),
    "tags beyond the core schema are refused": (
        *("!!binary aGk=", "!!timestamp 2024-01-01", "!!set {a}", "!!omap [a: 1]"),
        "!!pairs [a: 1]",
    ),
    "a collection is no key": (
        *("? [a, b]\n: c", "? {a: b}\n: c", "[a, b]: c", "{a: b}: c", "[]: x", "- [a, b]: c"),
    ),
    "a list is no mapping to merge": ("b: {<<: [[{a: 1}]]}",),
    "a key is its text, so numbers that are spelled differently are two": (
        *("1: a\n0x1: b", "1: a\n1.0: b"),
    ),
    "the characters that ended lines in YAML 1.1 still do": (
        *("a: \u2028b", "a: b\u2028c: d", "a: \x85b"),
    ),
    "libyaml refuses tabs that look like indentation": ("a: b\n\t", "- a\n-\tb"),
    "libyaml refuses directives it does not know": ("%FOO\n---\na: 1",),
    "libyaml wants a document before its end": ("...",),
    "libyaml has no halves of characters": (r'a: "\ud83d\ude00"',),
    "libyaml reads a key with an anchor or a tag": ("&k key: *k", "- !!str a: b"),
    "a tag makes a string of nothing": ("!", "a: !"),
    "nothing in quotes is nothing": ("!!null ''",),
    "a number of more than 4000 digits is text": ("1" * 4001,),
    "more than 100 levels are refused": ("[" * 101 + "]" * 101,),
    "a value is no part of itself": ("a: &a [*a]",),
}


def assert_read_alike(texts: dict[str, str]) -> None:
    theirs = dict(zip(texts, read_by_js_yaml(list(texts.values())), strict=True))
    ours = {name: read_by_compiler(text) for name, text in texts.items()}
    assert ours == theirs


@pytest.mark.parametrize("texts", _SAME.values(), ids=list(_SAME))
def test_subtle_texts_mean_the_same(texts: list[str]) -> None:
    assert_read_alike({text: text for text in texts})


def test_cases_of_our_own_mean_the_same() -> None:
    paths = [path for path in _CASES.glob("*.yml") if path.name not in _NOT_COMPARED]

    assert_read_alike({path.name: path.read_bytes().decode() for path in paths})


@pytest.mark.parametrize("texts", _DIFFERENCES.values(), ids=list(_DIFFERENCES))
def test_what_differs_on_purpose_differs(texts: tuple[str, ...]) -> None:
    for text, theirs in zip(texts, read_by_js_yaml(texts), strict=True):
        assert read_by_compiler(text) != theirs, text


def test_a_second_document_is_refused_by_both() -> None:
    assert read_by_js_yaml(["a: 1\n---\nb: 2"]) == [REFUSED]
    assert read_by_compiler("a: 1\n---\nb: 2") == REFUSED


if FOLDER.is_dir():

    @pytest.mark.parametrize("file", ["docs_examples", "validator_cases", "probes"])
    def test_texts_of_the_vendor_mean_the_same(file: str) -> None:
        assert_read_alike(dict(_vendor_texts(FOLDER / f"{file}.jsonl")))


def _vendor_texts(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            written = record.get("text") or record.get("yaml")
            yield record["id"], written or json.dumps(record["model"], indent=1)
