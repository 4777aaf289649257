"""What holes become.

A reference to nothing stays as the user wrote it: that is how pipelines test whether a variable
is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from freshet.plan.v1.expression_pb2 import Flag, Reference, Template

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


class Lookup(Protocol):
    """What holes are filled with. None: nothing of that name is defined."""

    def variable(self, name: str) -> str | None:
        """Return the value of a variable."""

    def step_member(self, step_id: str, member: str) -> str | None:
        """Return what a step tells about itself."""

    def secret(self, store: str, key: str) -> str | None:
        """Return a value of a secret store."""


class NotBoolean(ValueError):
    """A text in the place of a truth value is none."""

    def __init__(self, source_text: str) -> None:
        # The value itself is not shown: it may be a secret.
        super().__init__(
            f'the value of "{source_text}" is no truth value; expected true, yes, on, 1 or '
            "false, no, off, 0"
        )
        self.source_text = source_text


def evaluate_template(template: Template, lookup: Lookup) -> str:
    """Return the text of a template, its holes filled once: values are not read again."""
    return "".join(
        part.text if part.WhichOneof("part") == "text" else _value(part.reference, lookup)
        for part in template.parts
    )


def evaluate_flag(flag: Flag, lookup: Lookup) -> bool:
    """Return a truth value; one that is not set is false, or true when it is negated.

    Raises:
        NotBoolean: the reference does not give one.
    """
    return _plain_flag(flag, lookup) is not flag.negated


def _plain_flag(flag: Flag, lookup: Lookup) -> bool:
    if flag.WhichOneof("value") != "reference":
        return flag.constant
    text = _value(flag.reference, lookup).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise NotBoolean(flag.reference.source_text)


def _value(reference: Reference, lookup: Lookup) -> str:
    match reference.WhichOneof("target"):
        case "variable":
            value = lookup.variable(reference.variable)
        case "step_member":
            member = reference.step_member
            value = lookup.step_member(member.step_id, member.member)
        case "secret":
            value = lookup.secret(reference.secret.store, reference.secret.key)
        case _:  # it refers to nothing
            value = None
    return reference.source_text if value is None else value
