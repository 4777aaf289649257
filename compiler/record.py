"""Records: immutable values with named fields, made cheaply.

    class Point(Record):
        '''A place.'''

        x: int
        y: int = 0

A type checker sees frozen, keyword-only dataclasses. At run time nothing is generated: `freshet
check` makes dozens of such classes in a process that lives for a tenth of a second, and the
standard library's dataclasses take longer for that than reading the pipeline does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn, Self, dataclass_transform


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Record:
    """Fields are the annotations of a class; the value of one that is assigned is its default."""

    def __init__(self, **values: Any) -> None:  # noqa: ANN401  # the type checker knows the fields
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and dict(self.items()) == dict(_items(other))

    def __hash__(self) -> int:
        return hash((type(self), *(value for _, value in self.items())))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.items())
        return f"{type(self).__name__}({fields})"

    def items(self) -> Iterator[tuple[str, Any]]:
        """Yield names and values of all fields, those of base classes first."""
        for owner in reversed(type(self).__mro__):
            for name in getattr(owner, "__annotations__", ()):
                yield name, getattr(self, name)

    def replaced(self, **changes: Any) -> Self:  # noqa: ANN401  # as for `__init__`
        """Return a copy with other values for some fields."""
        return type(self)(**{**self.__dict__, **changes})


def _items(record: object) -> Iterator[tuple[str, Any]]:
    assert isinstance(record, Record)
    return record.items()
