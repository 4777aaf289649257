"""Regular expressions of JavaScript, in the hands of RE2. The answers are those of V8."""

import pytest

from freshet.evaluate import PatternError
from freshet.evaluate.patterns import fits_branch, search, split_pattern


@pytest.mark.parametrize(
    ("body", "flags", "text", "fits"),
    [
        ("", "", "x", True),
        ("^a$", "", "a\n", False),
        ("^b$", "m", "a\nb", True),
        ("a.b", "", "a\nb", False),
        ("a.b", "s", "a\nb", True),
        ("A", "i", "a", True),
        ("A", "", "a", False),
        ("b", "y", "ab", False),
        ("a|b", "y", "bc", True),
        ("a", "gud", "a", True),
        (r"^\s$", "", "\ufeff", True),
        (r"^\S$", "", "\u2003", False),
        (r"^[^\s]$", "", "\v", False),
        (r"^[\S]$", "", "x", True),
        (r"^\w+$", "", "é", False),
        (r"^\d$", "", "٣", False),
        (r"^[\d-x]$", "", "-", True),
        (r"^[a-c\]^-]+$", "", "b]^-", True),
        (r"^[[:alpha:]]$", "", "a]", True),
        ("[]", "", "a", False),
        ("^[^]$", "", "\n", True),
        ("a{", "", "a{", True),
        ("a{2,x}", "", "a{2,x}", True),
        ("^a{2,3}?$", "", "aaa", True),
        (r"\A\Z\Q", "", "AZQ", True),
        (r"\-\/\.\@", "", "-/.@", True),
        (r"\u0061\x62\cJ\0\t", "", "ab\n\0\t", True),
        (r"[\b]", "", "\b", True),
        (r"\bb\b", "", "a-b", True),
        (r"^\u{1F600}$", "u", "\U0001f600", True),
        (r"^\p{Lu}\P{L}\p{Script=Greek}$", "u", "É1λ", True),
        ("(?<year>[0-9]+)(?:-)", "", "2026-", True),
    ],
)
def test_pattern_means_what_it_means_to_javascript(
    body: str, flags: str, text: str, fits: bool
) -> None:
    assert search(body, flags, text) is fits


@pytest.mark.parametrize(
    ("body", "flags", "reason"),
    [
        ("(?=a)", "", "look-around"),
        ("(?!a)", "", "look-around"),
        ("(?<=a)b", "", "look-around"),
        ("(?<!a)b", "", "look-around"),
        (r"(a)\1", "", "back-references"),
        (r"(?<n>a)\k<n>", "", "back-references"),
        (r"[\1]", "", "back-references"),
        ("(?i)a", "", "unknown `(?`"),
        ("(?P<n>a)", "", "unknown `(?`"),
        ("**", "", "`*` repeats nothing"),
        ("a++", "", "`+` repeats nothing"),
        ("^*", "", "`*` repeats nothing"),
        ("a{2}{3}", "", "`{` repeats nothing"),
        ("[b-a]", "", "out of order"),
        ("[", "", "no closing"),
        ("\\", "", "nothing follows"),
        ("(a", "", "missing )"),
        ("a)", "", "unexpected )"),
        ("a{1001}", "", "invalid repetition size"),
        ("(.*){900}", "", "too large"),
        (r"\ud83d", "", "no character"),
        (r"\u{61}", "", "needs the flag `u`"),
        (r"\p{L}", "", "needs the flag `u`"),
        (r"\p{Nonsense}", "u", "invalid character class"),
        (r"\u{110000}", "u", "no character"),
        (r"\e", "u", "means nothing"),
        (r"\c", "", "means nothing"),
        ("a", "x", 'the flag "x" is unknown'),
        ("a", "ii", 'the flag "i" stands twice'),
    ],
)
def test_pattern_that_cannot_be_used_says_why(body: str, flags: str, reason: str) -> None:
    with pytest.raises(PatternError) as raised:
        search(body, flags, "a")

    assert reason in str(raised.value)


@pytest.mark.parametrize(
    "body", ["(" * 6000 + "a" + ")" * 6000, "[" * 6000, "a?" * 6000, "(a{9}){9}"]
)
def test_any_pattern_has_an_end(body: str) -> None:
    try:
        assert search(body, "", "x" * 12_000) in (True, False)
    except PatternError as error:
        assert error.reason


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("feature/Login", True),
        ("feature/login", False),
        ("feature", False),
        ("/feature/", True),
        ("/^FEATURE\\/log/i", True),
        ("/^login/", False),
        ("//", True),
        ("/", False),
    ],
)
def test_branch_is_equal_to_text_and_searched_for_a_pattern(pattern: str, fits: bool) -> None:
    assert fits_branch("feature/Login", pattern) is fits


def test_pattern_ends_at_its_last_slash() -> None:
    assert split_pattern("/a/b/gi") == ("a/b", "gi")
    assert split_pattern("a/b/i") is None
