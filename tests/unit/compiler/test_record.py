"""Records: what a type checker takes for frozen dataclasses."""

import pytest

from compiler.record import Record


class Named(Record):
    """A base with a default."""

    name: str
    size: int = 1


class Coloured(Named):
    """One more field."""

    colour: str


def test_fields_have_values_and_defaults() -> None:
    record = Coloured(name="a", colour="red")

    assert list(record.fields()) == [("name", "a"), ("size", 1), ("colour", "red")]
    assert repr(record) == "Coloured(name='a', size=1, colour='red')"


def test_records_are_equal_by_type_and_fields() -> None:
    assert Named(name="a") == Named(name="a", size=1)
    assert hash(Named(name="a")) == hash(Named(name="a", size=1))
    assert Named(name="a") != Named(name="b")
    assert Named(name="a") != Coloured(name="a", colour="red")


def test_a_copy_differs_where_it_was_told_to() -> None:
    record = Named(name="a", size=2)

    assert record.replaced(name="b") == Named(name="b", size=2)
    assert record.name == "a"


@pytest.mark.parametrize(
    "change", [lambda r: setattr(r, "name", "b"), lambda r: delattr(r, "name")]
)
def test_records_never_change(change: object) -> None:
    with pytest.raises(AttributeError):
        change(Named(name="a"))  # type: ignore[operator]  # a function
