"""Times of the plan."""

import pytest

from compiler.language.values import Number
from compiler.planning.times import count, duration, span_of_time, timeout
from compiler.source import START


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("90s", 90_000), ("1.5h", 5_400_000), (".5m", 30_000), ("9999h", 2_147_483_647)],
)
def test_limit_is_read_and_cut_at_the_greatest_there_is(text: str, milliseconds: int) -> None:
    limit = timeout(text)

    assert limit is not None
    assert limit.ToMilliseconds() == milliseconds


@pytest.mark.parametrize("text", ["0s", "0.0h", "m", ".s", "soon", "10", "1h30m"])
def test_limit_of_nothing_and_what_cannot_be_read_is_none(text: str) -> None:
    assert timeout(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("336h", 1_209_600), ("1h30m", 5400), ("600s", 600), ("2d", 172_800)]
)
def test_time_may_have_parts(text: str, seconds: int) -> None:
    found = span_of_time(text)

    assert found is not None
    assert found.ToSeconds() == seconds


@pytest.mark.parametrize("text", ["", "10", "h", "${{TTL}}", "1h 30m"])
def test_time_without_units_is_none(text: str) -> None:
    assert span_of_time(text) is None


def test_numbers_are_brought_to_what_a_plan_can_hold() -> None:
    huge = Number(value=1e300, span=START)

    assert count(huge, 0) == 2**31 - 1
    assert count(None, 7) == 7
    assert duration(1e300).ToSeconds() == 2**31 - 1
    assert duration(2, "minutes").ToSeconds() == 120
