"""What the vendor's validator says of pipeline files, as typed values.

The records are third-party texts: they are read from a folder outside of the project and never
copied into it. Its README says what the records hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tests.conformance.folder import FOLDER
from tests.conformance.wrapping import wrapped

FILES = ("validator_cases", "probes", "docs_examples", "validator_extra")

_QUOTED_KEY = re.compile(r"""["']([^"']+)["']""")
_PEER = re.compile(r'conflict with forbidden peer "([^"]+)"')
_WHOLE_OBJECT = "value"
"""The key that rules about a whole object show."""


class Verdict(Enum):
    """What the vendor says of a file."""

    VALID = "valid"
    ERROR = "error"
    NONE = "none"
    """It was not asked, since the text is no whole pipeline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One error that the vendor's validator reports."""

    message: str
    step: str = ""
    """Empty: it names none."""
    keys: frozenset[str] = frozenset()
    """One of these is concerned; empty: it names none."""
    code: int = 0
    """0: it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A pipeline and the vendor's verdict."""

    id: str
    file: str
    topic: str
    content: bytes = field(repr=False)
    verdict: Verdict
    complaints: tuple[Complaint, ...] = ()
    context: Mapping[str, Any] | None = None
    """The account it is checked against; None: against none."""


def read_cases(file: str) -> Iterator[Case]:
    """Yield the cases of one of `FILES`."""
    of_record = {"docs_examples": _documented, "validator_extra": _single_value}.get(file, _called)
    with (FOLDER / f"{file}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield of_record(file, json.loads(line))


def all_cases() -> Iterator[Case]:
    """Yield the cases of all files."""
    for file in FILES:
        yield from read_cases(file)


def _called(file: str, record: dict[str, Any]) -> Case:
    """Return the case of one call of the validator."""
    text = record["yaml"] or ""
    # The validator judges the model, and looks into the text for nothing but tabs.
    content = text if "\t" in text else json.dumps(record["model"], ensure_ascii=False, indent=1)
    valid = record["outcome"] == "valid"
    return Case(
        id=record["id"],
        file=file,
        topic=record.get("topic") or record["test_name"],
        content=content.encode(),
        verdict=Verdict.VALID if valid else Verdict.ERROR,
        complaints=() if record["outcome"] == "crash" else _complaints(record["errors"]),
        context=record["context"] if record["method"] == "validateWithContext" else None,
    )


def _documented(file: str, record: dict[str, Any]) -> Case:
    """Return the case of a block of the documentation."""
    how = record.get("wrapped", "")
    outcome = record.get("validator_outcome") or record.get("wrapped_outcome")
    if outcome is None:
        outcome = "none" if record["parses"] else "error"
    return Case(
        id=record["id"],
        file=file,
        topic=f"{record['kind']} of {record['file']}:{record['line']}",
        content=wrapped(record["text"], how).encode(),
        verdict=Verdict(outcome),
        complaints=_complaints(record.get("errors") or record.get("wrapped_errors") or ()),
    )


def _single_value(file: str, record: dict[str, Any]) -> Case:
    """Return the case of a value: a pipeline in which it decides alone."""
    step, context, complaint = _around(record["what"], record["input"])
    result = record["result"]
    valid = result if isinstance(result, bool) else result["outcome"] == "valid"
    return Case(
        id=record["id"],
        file=file,
        topic=record["what"],
        content=json.dumps({"version": "1.0", "steps": {"a": step}}, indent=1).encode(),
        verdict=Verdict.VALID if valid else Verdict.ERROR,
        complaints=() if valid else (complaint,),
        context=context,
    )


def _around(what: str, value: object) -> tuple[dict[str, Any], dict[str, Any] | None, Complaint]:
    """Return a step for the value, its account, and what is said of the step if it is wrong."""
    if what == "isWebUri":  # a registry that is written as a URI need not be known
        step = {"type": "push", "candidate": "acme/app", "image_name": "app", "registry": value}
        account = {"registries": [{"name": "known", "default": True}]}
        return step, account, Complaint(message="", step="a", code=202)
    key = what.removeprefix("build.").removesuffix(" value")
    step = {"type": "build", "image_name": "app", key: value}
    return step, None, Complaint(message="", step="a", keys=frozenset({key}))


def _complaints(errors: Iterable[dict[str, Any]]) -> tuple[Complaint, ...]:
    return tuple(_complaint(error) for error in errors)


def _complaint(error: dict[str, Any]) -> Complaint:
    step = error.get("stepName") or ""
    return Complaint(
        message=error["message"].strip(),
        step="" if step == "undefined" else step,
        keys=frozenset() if error.get("code") else _keys(error),
        code=error.get("code") or 0,
    )


def _keys(error: dict[str, Any]) -> frozenset[str]:
    """Return the keys that a message is about: it begins with one, and may name its peer."""
    message = error["message"]
    if error["context"].get("key") == "version":
        return frozenset({"version"})
    first = _QUOTED_KEY.match(message)
    found = {first[1]} if first else set()
    return frozenset(found | set(_PEER.findall(message))) - {_WHOLE_OBJECT}
