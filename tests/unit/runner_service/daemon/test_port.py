"""Values of the port keep what is secret to themselves."""

from pathlib import Path

from runner_service.daemon import BuildRequest, Credentials


def test_password_is_not_shown() -> None:
    credentials = Credentials(username="ann", password="hunter2")

    assert "ann" in repr(credentials)
    assert "hunter2" not in repr(credentials) + str(credentials)


def test_build_arguments_are_not_shown() -> None:
    request = BuildRequest(context_directory=Path("/src"), build_arguments={"TOKEN": "hunter2"})

    assert "/src" in repr(request)
    assert "hunter2" not in repr(request)
