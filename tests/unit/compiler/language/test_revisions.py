"""Values of variables that tell of branches and commits."""

import pytest

from compiler.language.revisions import branch_variables, commit_variables, escaped


@pytest.mark.parametrize(
    ("branch", "tag"),
    [("main", "main"), ("feature/X", "feature_X"), (".x", "_x"), ("-x", "_x"), ("ü", "_")],
)
def test_branch_becomes_a_legal_tag(branch: str, tag: str) -> None:
    assert branch_variables(branch)["CF_BRANCH_TAG_NORMALIZED"] == tag


def test_tag_of_a_long_branch_is_cut() -> None:
    assert len(branch_variables("b" * 200)["CF_BRANCH_TAG_NORMALIZED"]) == 128


def test_quotes_of_a_message_are_escaped_and_its_ends_trimmed() -> None:
    told = commit_variables("a" * 40, message='it\'s "new"\n\nmore\n')["CF_COMMIT_MESSAGE"]

    assert told == 'it\\\'s \\"new\\"\n\nmore'


def test_escaped_text_is_one_word_on_one_line() -> None:
    assert escaped("a $b\nc;d") == "a\\ \\$b\\nc\\;d"


def test_only_what_is_known_of_a_commit_is_defined() -> None:
    known = {"CF_REVISION": "0123456789", "CF_SHORT_REVISION": "0123456"}

    assert commit_variables("0123456789") == known


def test_empty_message_is_defined() -> None:
    assert commit_variables("0" * 40, message="\n")["CF_COMMIT_MESSAGE_ESCAPED"] == ""
