"""Something that can be written at a place."""

from __future__ import annotations

from enum import Enum

from compiler.record import Record


class Kind(Enum):
    """What is proposed."""

    KEY = "key"
    VALUE = "value"
    STEP = "step"
    VARIABLE = "variable"
    MEMBER = "member"


class Proposal(Record):
    """Something that can be written."""

    label: str
    kind: Kind
    start: int
    """What it replaces, as offsets."""
    end: int
    insert: str
    """Further lines of it are indented as the first one is."""
    snippet: str = ""
    """The same with places to fill in, marked as `$1`; empty: there are none."""
    detail: str = ""
    doc: str = ""
