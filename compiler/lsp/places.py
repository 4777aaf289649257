"""What the language expects at a place of a pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from compiler.language import grammar
from compiler.language.objects import Field, MapOf, Object
from compiler.language.shapes import ListOf, Nullable, OneOf, Parsed, Shape
from compiler.language.tables.containers import Probe, Services
from compiler.record import Record
from compiler.syntax.outline import Item


class Place(Record):
    """What the language expects of an item."""

    item: Item
    shapes: tuple[Shape, ...]
    """What its value may be; none: the language says nothing of it."""
    field: Field | None = None
    """The field that it is, or is an item of; None: its key is free."""
    step: Item | None = None
    """The innermost step around it, itself included."""
    block: Item | None = None
    """The innermost list of steps around it: that of the pipeline, of a block or of a hook."""
    keys: tuple[str, ...] = ()
    """Names of the fields from the step, or the pipeline, to here; `arguments` are left out."""
    in_hook: bool = False

    @property
    def step_type(self) -> str:
        """Type of the step, as it is written."""
        return self.step.text_of("type") if self.step else ""


def place_of(path: Sequence[Item]) -> Place:
    """Return what is expected of the last item of a path."""
    root = path[0]
    resource = root.text_of("kind") == "pipeline"
    shape = grammar.RESOURCE if resource else grammar.PIPELINE
    place = Place(item=root, shapes=(shape,))
    for item in path[1:]:
        place = _listed(place, item) if item.listed else _keyed(place, item)
    return place


def fields_at(place: Place) -> Mapping[str, Field]:
    """Return the fields that a mapping at a place may have."""
    fields: dict[str, Field] = {}
    for shape in _forms(place):
        for name, field in _fields(shape, place).items():
            fields.setdefault(name, field)
    return fields


def shapes_at(place: Place) -> tuple[Shape, ...]:
    """Return what a value at a place may be, each way by itself."""
    return tuple(_forms(place))


def _listed(place: Place, item: Item) -> Place:
    items = tuple(shape.item for shape in _forms(place) if isinstance(shape, ListOf))
    return place.replaced(item=item, shapes=items)


def _keyed(place: Place, item: Item) -> Place:
    for shape in _forms(place):
        if isinstance(shape, MapOf):
            return _free(place, item, shape.value)
        field = _field(shape, place, item.key)
        if field:
            return _known(place, item, field)
    return place.replaced(item=item, shapes=(), field=None)


def _free(place: Place, item: Item, value: Shape) -> Place:
    """Return what is expected under a key that the user chose."""
    inner = place.replaced(item=item, shapes=(value,), field=None)
    if isinstance(value, grammar.StepShape) and not value.partial:
        return inner.replaced(step=item, block=place.item, keys=())
    return inner


def _known(place: Place, item: Item, field: Field) -> Place:
    shape = grammar.shape_of(field)
    if field.name == "arguments" and not place.keys:
        known = place.step is not None and grammar.takes_arguments(place.step_type)
        shapes = (grammar.PARTIAL_STEP,) if known else (shape,)
        return place.replaced(item=item, shapes=shapes, field=field)
    inner = place.replaced(item=item, shapes=(shape,), field=field, keys=(*place.keys, field.name))
    if isinstance(shape, grammar.HookShape):
        return inner.replaced(step=item, keys=(), in_hook=True)
    return inner


def _field(shape: Shape, place: Place, key: str) -> Field | None:
    fields = _fields(shape, place)
    return fields.get(key) or next((each for each in fields.values() if each.alias == key), None)


def _fields(shape: Shape, place: Place) -> Mapping[str, Field]:
    match shape:
        case Object() | Probe() | Services():
            return shape.table.fields
        case grammar.StepShape():
            in_hook = shape.in_hook or (shape.partial and place.in_hook)
            return grammar.fields_of(_type_at(shape, place), in_hook=in_hook)
        case _:
            return {}


def _type_at(shape: grammar.StepShape, place: Place) -> str:
    own = place.item.text_of("type")
    return own or (place.step_type if shape.partial else "")


def _forms(place: Place) -> Iterator[Shape]:
    """Yield the shapes at a place without what only chooses among others."""
    waiting = list(reversed(place.shapes))
    while waiting:
        shape = waiting.pop()
        match shape:
            case OneOf():
                waiting += reversed(shape.shapes)
            case Parsed() | Nullable():
                waiting.append(shape.shape)
            case grammar.HookShape():
                waiting += reversed(_forms_of_hook(shape, place.item))
            case _:
                yield shape


def _forms_of_hook(shape: grammar.HookShape, item: Item) -> list[Shape]:
    """Return what a hook may still be, given what stands there already."""
    keys = item.keys
    if shape.notes and "exec" in keys:
        return [grammar.EXEC_OF_HOOK]
    if "steps" in keys:
        return [grammar.STEPS_OF_HOOK]
    if keys - {"metadata", "annotations"}:
        return [grammar.STEP_OF_HOOK]
    whole: list[Shape] = [grammar.COMMANDS, grammar.STEP_OF_HOOK, grammar.STEPS_OF_HOOK]
    return [*whole, grammar.EXEC_OF_HOOK] if shape.notes else whole
