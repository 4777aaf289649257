"""What a registry asks for, however it writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freshet.distribution.challenge import of_scheme, read_challenges

BEARER = 'Bearer realm="https://auth.test/token",service="hub",scope="repository:a/b:pull,push"'


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], []),
        ([""], []),
        (['Basic realm="me"'], [("basic", {"realm": "me"})]),
        (["basic REALM=me"], [("basic", {"realm": "me"})]),
        (["Basic"], [("basic", {})]),
        (["Negotiate", 'Basic realm="me"'], [("negotiate", {}), ("basic", {"realm": "me"})]),
        (['Negotiate, Basic realm="a, b"'], [("negotiate", {}), ("basic", {"realm": "a, b"})]),
        (
            [BEARER],
            [
                (
                    "bearer",
                    {
                        "realm": "https://auth.test/token",
                        "service": "hub",
                        "scope": "repository:a/b:pull,push",
                    },
                )
            ],
        ),
        (
            ['Bearer realm="https://a.test/?x=1&y=2" , error="insufficient_scope"'],
            [("bearer", {"realm": "https://a.test/?x=1&y=2", "error": "insufficient_scope"})],
        ),
        ([r'Basic realm="say \"hi\""'], [("basic", {"realm": 'say "hi"'})]),
        (["realm=nobody"], []),
    ],
)
def test_challenges_are_read(
    headers: list[str], expected: list[tuple[str, dict[str, str]]]
) -> None:
    challenges = read_challenges(headers)

    assert [(each.scheme, each.parameters) for each in challenges] == expected


def test_first_challenge_of_a_scheme_counts() -> None:
    challenges = read_challenges(["Basic realm=a", "Basic realm=b"])

    assert of_scheme("basic", challenges) == {"realm": "a"}
    assert of_scheme("bearer", challenges) is None


@given(st.lists(st.text(max_size=200), max_size=5))
def test_any_header_is_read(headers: list[str]) -> None:
    for challenge in read_challenges(headers):
        assert challenge.scheme == challenge.scheme.lower()
