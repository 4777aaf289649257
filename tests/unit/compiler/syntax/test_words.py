"""Commands as words."""

import pytest

from compiler.syntax.words import read_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("make test", ("make", "test")),
        ("echo 'a  b' \"c d\" e\\ f", ("echo", "a  b", "c d", "e f")),
        ("echo # no comment", ("echo", "#", "no", "comment")),
        ("echo ${{ NAME }} x${{A}}y", ("echo", "${{ NAME }}", "x${{A}}y")),
        ("echo '${{it's}}'", ("echo", "${{it's}}")),
        ("echo ''", ("echo", "")),
        ("$X | y; (z)", ("$X", "|", "y;", "(z)")),
    ],
)
def test_command_is_split_as_a_shell_splits_it(text: str, words: tuple[str, ...]) -> None:
    assert read_words(text) == words


@pytest.mark.parametrize("text", ["echo 'a", 'echo "a', "echo \\"])
def test_command_that_does_not_end_has_no_words(text: str) -> None:
    with pytest.raises(ValueError, match="No"):
        read_words(text)
