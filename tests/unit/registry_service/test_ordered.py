"""Keys in order."""

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from registry_service.ordered import Ordered

_KEYS = st.integers(0, 3000)


@given(st.sets(_KEYS), st.lists(_KEYS, max_size=60), _KEYS)
def test_keys_are_those_of_a_sorted_set(start: set[int], toggled: list[int], searched: int) -> None:
    expected, keys = set(start), Ordered(start)

    for key in toggled:
        keys = keys.without(key) if key in expected else keys.with_key(key)
        expected ^= {key}

    assert list(keys) == sorted(expected)
    assert list(keys.after(searched)) == sorted(key for key in expected if key > searched)
    smaller = sorted(key for key in expected if key <= searched)
    assert keys.around(searched, 3) == [*smaller[-3:], *islice(keys.after(searched), 3)]
    assert bool(keys) is bool(expected)


def test_many_keys_are_put_in_one_by_one() -> None:
    keys: Ordered[int] = Ordered()

    for key in range(5000):
        keys = keys.with_key(key * 7919 % 5000)

    assert list(keys) == list(range(5000))
    assert list(islice(keys.after(4000), 3)) == [4001, 4002, 4003]


def test_keys_before_a_change_stay_as_they_are() -> None:
    before = Ordered(["a", "c"])

    after = before.with_key("b")

    assert (list(before), list(after)) == (["a", "c"], ["a", "b", "c"])
