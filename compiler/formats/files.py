"""What became of a file that somebody asked about: it was checked, or could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from compiler.record import Record

if TYPE_CHECKING:
    from compiler.driver import Checked


class Unread(Record):
    """A file that could not be read."""

    path: str
    """As the user gave it."""
    problem: str


JudgedFile: TypeAlias = "Checked | Unread"
