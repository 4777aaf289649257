"""Where the vendor's texts are. They are other people's, so they stay outside of the project."""

import os
from pathlib import Path

_BESIDE = Path(__file__).parents[3] / "shared/conformance"
FOLDER = Path(os.environ.get("FRESHET_CONFORMANCE_DIR") or _BESIDE)


def pytest_report_header() -> list[str]:
    """Say that tests are left out where the folder is missing."""
    if FOLDER.is_dir():
        return []
    return [f"conformance: tests of the vendor's texts are left out, there is no folder {FOLDER}"]
