"""The cases in which Freshet differs from the vendor on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

_LIST = Path(__file__).with_name("known_differences.yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDifference:
    """Why one case differs."""

    reason: str
    """One of the `reasons` of the list."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDifferences:
    """The list."""

    reasons: Mapping[str, str]
    """What each reason means."""
    cases: Mapping[str, KnownDifference]
    """By id."""


def known_differences() -> KnownDifferences:
    """Read the list.

    Raises:
        ValueError: an id stands there twice, or a reason is not explained.
    """
    written = yaml.load(_LIST.read_text(encoding="utf-8"), yaml.CSafeLoader)
    cases = {
        each["id"]: KnownDifference(reason=each["reason"], why=each["why"])
        for each in written["cases"]
    }
    if len(cases) < len(written["cases"]):
        raise ValueError("an id stands twice in the list of known differences")
    if unexplained := {each.reason for each in cases.values()} - written["reasons"].keys():
        raise ValueError(f"not among the reasons: {', '.join(sorted(unexplained))}")
    return KnownDifferences(reasons=written["reasons"], cases=cases)
