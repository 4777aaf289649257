"""URLs of databases."""

from pathlib import Path

import pytest

from freshet.database import DatabaseUnavailable, Schema, has_password, open_database

_SCHEMA = Schema(migrations=Path("nowhere"), revision="0001")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://ann@host/freshet", False),
        ("postgresql://ann:secret@host/freshet", True),
        ("postgresql://host/freshet?password=secret", True),
        ("nonsense", False),
    ],
)
def test_password_in_a_url_is_found(url: str, expected: bool) -> None:
    assert has_password(url) is expected


@pytest.mark.parametrize("url", ["hunter2 is no URL", "mysql://ann:hunter2@host/freshet"])
def test_url_that_cannot_be_used_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="postgresql") as raised:
        open_database(url, _SCHEMA)

    assert "hunter2" not in str(raised.value)
