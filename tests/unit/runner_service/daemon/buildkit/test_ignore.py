"""The rules of `.dockerignore`."""

import re

import pytest

from runner_service.daemon.buildkit.ignore import IgnoreRules, parse


def _ignores(rules: IgnoreRules, path: str) -> bool:
    verdict = rules.outset
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        verdict = rules.judge("/".join(parts[:depth]), verdict)
    return verdict.ignored


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("log", "log"),
        ("log", "log/today/file"),
        ("/log", "log"),
        ("log/", "log"),
        ("./log", "log"),
        ("a/../log", "log"),
        ("/../log", "log"),
        ("  log  ", "log"),
        ("\ufefflog", "log"),
        ("*", "a"),
        ("*", ".git/config"),
        ("*.md", "README.md"),
        ("*/temp", "a/temp"),
        ("temp?", "tempa"),
        ("**", "a/b"),
        ("**/*.pyc", "a.pyc"),
        ("**/*.pyc", "a/b/c.pyc"),
        ("a/**/z", "a/z"),
        ("a/**/z", "a/b/c/z"),
        ("a/**", "a/b/c"),
        ("[ab]c", "bc"),
        ("[^a]c", "bc"),
        ("[a-c]x", "bx"),
        ("[[&&]x", "&x"),
        ("a[&~|]", "a~"),
        (r"a\*b", "a*b"),
        ("a+b(c){d}|$", "a+b(c){d}|$"),
        ("**foo", "a/xfoo"),
        ("a^b", "a^b"),
        ("caf?", "caf\udce9"),
        ("naïve*", "naïveté"),
    ],
)
def test_pattern_ignores(pattern: str, path: str) -> None:
    assert _ignores(parse(pattern), path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("log", "a/log"),
        ("../log", "log"),
        ("a[*]b", "a*b"),
        ("a\u2028log", "log"),
        ("log", "logs"),
        ("*.md", "doc/README.md"),
        ("*/temp", "temp"),
        ("*/temp", "a/b/temp"),
        ("temp?", "temp"),
        ("temp?", "temp/"),
        ("a/**", "a"),
        ("[^a]c", "ac"),
        (r"a\*b", "axb"),
        ("a.c", "abc"),
        (".", "a"),
        ("/", "a"),
        ("# log", "# log"),
        ("", "a"),
        ("!log", "log"),
    ],
)
def test_pattern_does_not_ignore(pattern: str, path: str) -> None:
    assert not _ignores(parse(pattern), path)


@pytest.mark.parametrize(
    ("path", "ignored"),
    [("a.md", True), ("README.md", False), ("README-secret.md", True)],
)
def test_last_matching_line_decides(path: str, ignored: bool) -> None:
    rules = parse("*.md\n!README*.md\nREADME-secret.md\n")

    assert _ignores(rules, path) is ignored


def test_exception_brings_back_what_lies_in_an_ignored_folder() -> None:
    rules = parse("vendor\n!vendor/kept")

    assert _ignores(rules, "vendor/other")
    assert not _ignores(rules, "vendor/kept/file")


@pytest.mark.parametrize(
    ("exception", "folder", "possible"),
    [
        ("!vendor/kept", "vendor", True),
        ("!vendor/kept/deep", "vendor/kept", True),
        ("!vendor/kept", "vendor/other", False),
        ("!vendor/kept", "modules", False),
        ("!vendor/kept", "vendor/kept", False),
        ("!**/kept", "vendor", True),
        ("!vendor/*/kept", "vendor/a", True),
        ("!vendor/*/kept", "modules", False),
        ("kept", "vendor", False),
    ],
)
def test_ignored_folder_is_searched_only_where_an_exception_can_lie(
    exception: str, folder: str, possible: bool
) -> None:
    assert parse(exception).may_except_below(folder) is possible


def test_rule_that_changed_nothing_above_does_not_count_below() -> None:
    assert not _ignores(parse("a\n!a/b\na"), "a/b/file")


def test_many_wildcards_take_no_longer_than_few() -> None:
    assert not _ignores(parse("**/" + "*a" * 30 + "b"), "a" * 200)


@pytest.mark.parametrize("pattern", ["[z-a]", "[unclosed", "[]a]", "[a-]", "a\\", "!"])
def test_senseless_pattern_is_named(pattern: str) -> None:
    with pytest.raises(ValueError, match=re.escape(pattern)):
        parse(f"fine\n{pattern}\n")
