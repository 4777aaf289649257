"""Suggestions for words that are nearly right."""

from compiler.mistakes import nearest
from compiler.mistakes.suggestions import which


def test_the_word_most_like_it_is_suggested() -> None:
    assert nearest("dokerfile", ["tag", "dockerfile", "image_name"]) == "dockerfile"


def test_nothing_is_suggested_where_no_word_is_like_it() -> None:
    assert nearest("xyz", ["tag", "dockerfile"]) == ""


def test_nothing_is_compared_among_very_many_words() -> None:
    assert nearest("step1", [f"step{n}" for n in range(10_000)]) == ""


def test_where_no_word_is_like_it_all_of_a_few_are_told() -> None:
    assert which("tset", ["test", "build"]) == 'did you mean "test"?'
    assert which("deploy", ["test", "build"]) == "there are `build`, `test`"
    assert which("deploy", ["build"]) == "there is `build`"


def test_nothing_is_told_of_many_words_or_of_none() -> None:
    assert which("deploy", [f"step{n}" for n in range(20)]) == ""
    assert which("deploy", []) == ""
