"""A state directory belongs to one runner at a time, which keeps its name."""

from pathlib import Path

import pytest

from runner_service.errors import StoreUnavailable
from runner_service.identity import claimed_identity


def test_name_stays_from_start_to_start(tmp_path: Path) -> None:
    with claimed_identity(tmp_path) as first:
        pass
    with claimed_identity(tmp_path) as again:
        pass

    assert first == again
    assert len(first) == 16


def test_second_runner_in_the_same_directory_is_refused(tmp_path: Path) -> None:
    with (
        claimed_identity(tmp_path),
        pytest.raises(StoreUnavailable, match="another runner uses"),
        claimed_identity(tmp_path),
    ):
        pass
