"""The steps of an outline, and other names that a pipeline defines."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.language.grammar import plain_type
from compiler.syntax.outline import Item

_IMAGE_TYPES = frozenset({"build", "push"})


def pipeline_in(root: Item) -> Item:
    """Return what has the steps: the whole text, or `spec` of a resource."""
    spec = _entry(root, "spec") if root.text_of("kind") == "pipeline" else None
    return spec or root


def steps_in(root: Item) -> Iterator[Item]:
    """Yield all steps, those of blocks and hooks included."""
    waiting = [pipeline_in(root)]
    while waiting:
        for step in _inner_steps(waiting.pop()):
            yield step
            waiting.append(step)


def step_named(root: Item, name: str) -> Item | None:
    """Return the step of a name."""
    return next((step for step in steps_in(root) if step.key == name), None)


def inner_steps(step: Item) -> tuple[Item, ...]:
    """Return the steps of a block, in order."""
    return tuple(_inner_steps(step, hooks=False))


def type_of(step: Item) -> str:
    """Return the type of a step, without a version."""
    return plain_type(step.text_of("type"))


def makes_image(step: Item) -> bool:
    """Whether a step has an image that others can use."""
    return type_of(step) in _IMAGE_TYPES


def stages_in(root: Item) -> tuple[Item, ...]:
    """Return the items of `stages`."""
    return _items(_entry(pipeline_in(root), "stages"))


def service_sets_in(root: Item) -> tuple[Item, ...]:
    """Return the names of the services of the pipeline."""
    services = _entry(pipeline_in(root), "services")
    name = _entry(services, "name") if services else None
    return (name,) if name else ()


def _inner_steps(owner: Item, *, hooks: bool = True) -> Iterator[Item]:
    for block in _blocks(owner, hooks=hooks):
        yield from (child for child in block.children if child.key and child.key != "<<")


def _blocks(owner: Item, *, hooks: bool) -> Iterator[Item]:
    """Yield the lists of steps in a pipeline, a step or a hook."""
    for key in ("steps", "scale"):
        if block := _entry(owner, key):
            yield block
    hook_list = _entry(owner, "hooks") if hooks else None
    for hook in hook_list.children if hook_list else ():
        yield from _blocks(_entry(hook, "exec") or hook, hooks=False)


def _entry(item: Item, key: str) -> Item | None:
    """Return an entry that stands in an item itself: aliases would show steps twice."""
    return next((child for child in item.children if child.key == key), None)


def _items(item: Item | None) -> tuple[Item, ...]:
    return tuple(child for child in item.children if child.listed) if item else ()
