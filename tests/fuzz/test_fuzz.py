"""A minute of fuzzing finds nothing; `make fuzz` takes longer."""

import os
from pathlib import Path

import pytest

from tests.fuzz.run import fuzz

_SECONDS = int(os.environ.get("FRESHET_FUZZ_SECONDS", "60"))


@pytest.mark.timeout(_SECONDS * 2 + 60)
def test_nothing_crashes_or_hangs_the_compiler(tmp_path: Path) -> None:
    found = fuzz(_SECONDS, tmp_path)

    assert {path.name: path.read_bytes()[:2_000] for path in found} == {}
