"""Our own form of events, for timers and whatever else starts builds: `{"variables": {…}}`."""

from __future__ import annotations

from compiler.events.facts import named_branch
from compiler.events.parts import Part, UnusableEvent


def plain(event: Part) -> dict[str, str]:
    """Return the variables that an event lists, and those that follow from the branch."""
    listed = event.part("variables")
    for name in listed.values:
        if not name or "=" in name or name.strip() != name:
            raise UnusableEvent(f'"{listed.place_of(name)}" is no name of a variable')
    values = {name: listed.text(name) for name in listed.values}
    told = {name: value for name, value in values.items() if value is not None}
    return {**named_branch(told.get("CF_BRANCH")), **told}
