"""Keys in order, in an immutable form that is cheap to change.

A sorted tuple would be copied whole for each key. Here the keys lie in chunks, and a change copies
one chunk and the list of chunks: with 100,000 keys some thousand references, a few microseconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, Generic, Protocol, TypeVar

_FILL = 256
"""Keys of a new chunk; one is split at twice as many."""


class _Comparable(Protocol):
    def __lt__(self, other: Any, /) -> bool: ...  # noqa: ANN401  # as the standard library has it


Key = TypeVar("Key", bound=_Comparable)


class Ordered(Generic[Key]):
    """Different keys, from the smallest to the greatest."""

    __slots__ = ("_chunks",)

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        """Put `keys` in order."""
        ordered = sorted(keys)
        self._chunks = tuple(
            tuple(ordered[start : start + _FILL]) for start in range(0, len(ordered), _FILL)
        )

    def __iter__(self) -> Iterator[Key]:
        return chain.from_iterable(self._chunks)

    def __bool__(self) -> bool:
        return bool(self._chunks)

    @property
    def first(self) -> Key:
        """The smallest key.

        Raises:
            IndexError: there is none.
        """
        return self._chunks[0][0]

    def after(self, key: Key) -> Iterator[Key]:
        """Return the keys that are greater than `key`."""
        number = self._chunk_of(key)
        here = self._chunks[number : number + 1]
        rest = (islice(chunk, bisect_right(chunk, key), None) for chunk in here)
        return chain(*rest, chain.from_iterable(islice(self._chunks, number + 1, None)))

    def around(self, key: Key, count: int) -> list[Key]:
        """Return the last `count` keys that are not greater than `key`, and as many that are."""
        number = self._chunk_of(key)
        chunks = reversed(self._chunks[: number + 1])
        before = (each for chunk in chunks for each in reversed(chunk) if not key < each)
        return [*reversed(list(islice(before, count))), *islice(self.after(key), count)]

    def with_key(self, key: Key) -> Ordered[Key]:
        """Return these keys and `key`, which must be new."""
        if not self._chunks:
            return Ordered([key])
        number = self._chunk_of(key)
        chunk = self._chunks[number]
        place = bisect_left(chunk, key)
        return self._replaced(number, (*chunk[:place], key, *chunk[place:]))

    def without(self, key: Key) -> Ordered[Key]:
        """Return these keys but `key`, which must be one of them."""
        number = self._chunk_of(key)
        chunk = self._chunks[number]
        place = bisect_left(chunk, key)
        assert chunk[place] == key
        return self._replaced(number, chunk[:place] + chunk[place + 1 :])

    def _chunk_of(self, key: Key) -> int:
        return max(bisect_right(self._chunks, key, key=lambda chunk: chunk[0]) - 1, 0)

    def _replaced(self, number: int, chunk: tuple[Key, ...]) -> Ordered[Key]:
        halves = (chunk,) if len(chunk) < 2 * _FILL else (chunk[:_FILL], chunk[_FILL:])
        changed: Ordered[Key] = Ordered()
        changed._chunks = (
            *self._chunks[:number],
            *(half for half in halves if half),
            *self._chunks[number + 1 :],
        )
        return changed
