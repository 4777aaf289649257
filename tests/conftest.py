"""What all tests share."""

from importlib.util import find_spec

pytest_plugins = ["tests.engine.fixtures", "tests.conformance.folder", "tests.scheduling"]


def pytest_report_header() -> list[str]:
    """Say which tests are left out, and why."""
    return [] if find_spec("atheris") else ["fuzzing: left out, atheris is not installed"]
