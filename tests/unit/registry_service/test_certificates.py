"""When client certificates are valid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from registry_service.certificates import expiry_warning
from tests.engine.certificates import Authority

NOW = datetime.now(UTC)
CERTIFICATE = Authority.new("Clients of a test").issue("client.test").certificate.decode()


@pytest.mark.parametrize(("days", "words"), [(0, ""), (400, "expired on"), (-400, "not yet")])
def test_certificate_out_of_its_time_is_warned_of(days: int, words: str) -> None:
    warning = expiry_warning(CERTIFICATE, NOW + timedelta(days=days))

    assert words in warning
    assert bool(warning) is bool(words)


def test_no_certificate_needs_no_warning() -> None:
    assert expiry_warning("", NOW) == ""
