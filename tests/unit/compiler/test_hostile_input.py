"""Input that is made to take time or memory gets its answer within bounds, or is refused."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.fuzz.hostile import HOSTILE

_MAX_TOOK = 8
"""Times the yardstick; a file of a megabyte is a few times as much work."""
_MAX_GROWTH_MB = 512
_REFUSED = {
    "not UTF-8": {"FR100"},
    "NUL": {"FR100"},
    "tabs as indentation": {"FR101"},
    "billion laughs": {"FR104"},
    "merge keys of merge keys": {"FR104"},
    "an alias in its own anchor": {"FR105"},
    "deep flow sequences": {"FR103"},
    "deep flow mappings": {"FR103"},
    "deep block mappings": {"FR103"},
    "deep block sequences": {"FR103"},
    "10 000 unknown keys": {"FR106"},
    "10 000 steps": {"FR186"},
    "10 000 parallel steps": {"FR186"},
    "a megabyte of holes": {"FR187"},
}
"""The mistakes that some of it is refused with."""


def answer(content: bytes) -> dict[str, Any]:
    """Return the answer of a process of its own, so that its memory can be told."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.measure"],
        input=content,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_answered_in_time_and_memory(name: str) -> None:
    found = answer(HOSTILE[name]())

    assert found["took"] < _MAX_TOOK
    assert found["grown_mb"] < _MAX_GROWTH_MB
    assert set(found["codes"]) >= _REFUSED.get(name, set())


def test_all_that_is_refused_is_tried() -> None:
    assert _REFUSED.keys() <= HOSTILE.keys()
