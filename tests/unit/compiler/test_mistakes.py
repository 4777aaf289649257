"""Suggestions for words that are nearly right."""

from compiler.mistakes import nearest


def test_the_word_most_like_it_is_suggested() -> None:
    assert nearest("dokerfile", ["tag", "dockerfile", "image_name"]) == "dockerfile"


def test_nothing_is_suggested_where_no_word_is_like_it() -> None:
    assert nearest("xyz", ["tag", "dockerfile"]) == ""


def test_nothing_is_compared_among_very_many_words() -> None:
    assert nearest("step1", [f"step{n}" for n in range(10_000)]) == ""
