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

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, NoReturn, Self, dataclass_transform


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Record:
    """Fields are the annotations of a class; the value of one that is assigned is its default."""

    _names: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls._names += tuple(name for name in cls.__annotations__ if name not in cls._names)

    def __init__(self, **values: Any) -> None:  # noqa: ANN401  # the type checker knows the fields
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and dict(self.fields()) == dict(_fields(other))

    def __hash__(self) -> int:
        return hash((type(self), *(value for _, value in self.fields())))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.fields())
        return f"{type(self).__name__}({fields})"

    def fields(self) -> Iterator[tuple[str, Any]]:
        """Yield names and values of all fields, those of base classes first."""
        for name in self._names:
            yield name, getattr(self, name)

    def given(self) -> Iterable[tuple[str, Any]]:
        """Return names and values of the fields that were given, in no order."""
        return self.__dict__.items()

    def replaced(self, **changes: Any) -> Self:  # noqa: ANN401  # as for `__init__`
        """Return a copy with other values for some fields."""
        return type(self)(**{**self.__dict__, **changes})


def _fields(record: object) -> Iterator[tuple[str, Any]]:
    assert isinstance(record, Record)
    return record.fields()
