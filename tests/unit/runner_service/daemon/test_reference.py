"""Taking references apart."""

import pytest

from runner_service.daemon.reference import Reference

_DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("text", "repository", "tag"),
    [
        ("alpine", "alpine", "latest"),
        ("alpine:3.20", "alpine", "3.20"),
        ("acme/app:1", "acme/app", "1"),
        ("localhost:5000/app", "localhost:5000/app", "latest"),
        ("localhost:5000/app:1", "localhost:5000/app", "1"),
        (f"ghcr.io/acme/app@{_DIGEST}", "ghcr.io/acme/app", _DIGEST),
        (f"ghcr.io/acme/app:1@{_DIGEST}", "ghcr.io/acme/app", _DIGEST),
    ],
)
def test_reference_comes_apart(text: str, repository: str, tag: str) -> None:
    reference = Reference.parse(text)

    assert (reference.repository, reference.tag) == (repository, tag)


def test_reference_is_shown_as_users_write_it() -> None:
    assert str(Reference.parse("localhost:5000/app:1")) == "localhost:5000/app:1"
    assert str(Reference.parse(f"app@{_DIGEST}")) == f"app@{_DIGEST}"
