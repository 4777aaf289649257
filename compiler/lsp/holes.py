"""Proposals inside of `${{…}}`: steps, what they tell, and variables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler.language.grammar import takes_arguments
from compiler.language.variables import SYSTEM_VARIABLES, members
from compiler.lsp.names import Names
from compiler.lsp.places import Place
from compiler.lsp.proposals import Kind, Proposal
from compiler.lsp.steps import step_named, type_of
from compiler.lsp.values import DIRECTORIES, IMAGES, referable_steps, step_doc
from compiler.syntax.outline import Cursor, Item, OpenHole, Outline

_NAME_REST = re.compile(r"[\w-]*")
_OUTPUT = {"output": "Variables that the step exported: `output.NAME`."}


def proposed_in_hole(
    outline: Outline, cursor: Cursor, place: Place, names: Names, hole: OpenHole
) -> Iterator[Proposal]:
    """Yield what can be written in a hole, up to the next dot."""
    return _Holes(outline, cursor, place, names).proposals(hole)


def members_of(step: Item) -> dict[str, str]:
    """Return what a step tells about itself, each member with what it holds."""
    kind = type_of(step)
    return members(kind) | ({} if takes_arguments(kind) else _OUTPUT)


class _Holes:
    """Proposals inside of `${{…}}`."""

    def __init__(self, outline: Outline, cursor: Cursor, place: Place, names: Names) -> None:
        self._outline = outline
        self._offset = cursor.offset
        self._place = place
        self._names = names

    def proposals(self, hole: OpenHole) -> Iterator[Proposal]:
        """Yield what can be written in a hole, up to the next dot."""
        before = self._outline.text[hole.start : self._offset]
        *owners, _ = before.lstrip().split(".")
        if owners[:1] in (["steps"], ["parentSteps"]):
            owners = owners[1:]
            if not owners:
                yield from self._steps(hole)
                return
        if not owners:
            yield from self._first(hole)
        elif len(owners) == 1 and (step := step_named(self._outline.root, owners[0])):
            yield from self._members(hole, step)

    def _first(self, hole: OpenHole) -> Iterator[Proposal]:
        yield from self._steps(hole)
        yield self._proposal(hole, "steps", Kind.VALUE, "What steps tell: `steps.NAME.MEMBER`.", "")
        if self._place.in_hook:
            doc = "What steps of the pipeline tell, from inside of a hook of a step."
            yield self._proposal(hole, "parentSteps", Kind.VALUE, doc, "")
        for name in self._names.variables:
            yield self._proposal(hole, name, Kind.VARIABLE, "A variable of the account.")
        for name, doc in SYSTEM_VARIABLES.items():
            yield self._proposal(hole, name, Kind.VARIABLE, doc)

    def _steps(self, hole: OpenHole) -> Iterator[Proposal]:
        whole = self._place.keys in IMAGES | DIRECTORIES
        for step in referable_steps(self._outline, self._place):
            doc = step_doc(step)
            yield self._proposal(hole, step.key, Kind.STEP, doc, "}}" if whole else "")

    def _members(self, hole: OpenHole, step: Item) -> Iterator[Proposal]:
        for name, doc in members_of(step).items():
            yield self._proposal(hole, name, Kind.MEMBER, doc, "" if name == "output" else "}}")

    def _proposal(
        self, hole: OpenHole, label: str, kind: Kind, doc: str, closing: str = "}}"
    ) -> Proposal:
        text = self._outline.text
        before = text[hole.start : self._offset]
        start = hole.start + len(before) - len(re.split(r"[.\s]", before)[-1])
        rest = _NAME_REST.match(text, self._offset)
        return Proposal(
            label=label,
            kind=kind,
            start=start,
            end=rest.end() if rest else self._offset,
            insert=label if hole.closed else label + closing,
            doc=doc,
        )
