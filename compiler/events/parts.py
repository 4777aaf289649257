"""Reading a payload: objects within objects, any of whose parts may be missing.

What is missing or null is not an error, as senders differ; what is of another type is one.
"""

from __future__ import annotations

from collections.abc import Mapping

from compiler.record import Record

_TYPES = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}


class UnusableEvent(Exception):
    """A payload that no variables can be read from; the message says why."""

    def __init__(self, message: str, help: str = "") -> None:
        """Say `message`, and `help` about what to do."""
        super().__init__(message)
        self.help = help


class Part(Record):
    """An object of a payload."""

    values: Mapping[str, object]
    place: str = ""
    """Where it stands, as in `pull_request.labels[0]`; empty for the whole payload."""

    def part(self, *path: str) -> Part:
        """Return the object at `path`; an empty one if there is none."""
        part = self
        for key in path:
            part = part_of(part.values.get(key), part.place_of(key))
        return part

    def parts(self, key: str) -> list[Part]:
        """Return the objects of a list; none if there is no list."""
        place = self.place_of(key)
        return [part_of(each, f"{place}[{i}]") for i, each in enumerate(self._list(key))]

    def text(self, *path: str) -> str | None:
        """Return the text at `path`, or the number as text."""
        value, place = self._value(path)
        return None if value is None else text_of(value, place)

    def texts(self, key: str) -> list[str]:
        """Return the texts of a list; none if there is no list."""
        place = self.place_of(key)
        return [text_of(each, f"{place}[{i}]") for i, each in enumerate(self._list(key))]

    def flag(self, *path: str) -> bool | None:
        """Return what is true or false at `path`."""
        value, place = self._value(path)
        if value is None or isinstance(value, bool):
            return value
        raise wrong_type(value, place, "true or false")

    def number(self, *path: str) -> float | None:
        """Return the number at `path`."""
        value, place = self._value(path)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        raise wrong_type(value, place, "a number")

    def place_of(self, key: str) -> str:
        """Return where the value of `key` stands."""
        return f"{self.place}.{key}" if self.place else key

    def _value(self, path: tuple[str, ...]) -> tuple[object, str]:
        part = self.part(*path[:-1])
        return part.values.get(path[-1]), part.place_of(path[-1])

    def _list(self, key: str) -> list[object]:
        value = self.values.get(key)
        if value is None or isinstance(value, list):
            return value or []
        raise wrong_type(value, self.place_of(key), "a list")


def part_of(value: object, place: str = "") -> Part:
    """Return a value that must be an object; an empty one for null.

    Raises:
        UnusableEvent: it is something else.
    """
    if value is None or isinstance(value, dict):
        return Part(values=value or {}, place=place)
    raise wrong_type(value, place, "an object")


def text_of(value: object, place: str) -> str:
    """Return text, or a whole number as text.

    Raises:
        UnusableEvent: it is something else.
    """
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    raise wrong_type(value, place, "text")


def wrong_type(value: object, place: str, expected: str) -> UnusableEvent:
    """Return the error of a value that is not what is `expected`."""
    return UnusableEvent(f'"{place}" must be {expected}, not {_TYPES[type(value)]}')
