"""What `rotate-key` tells and does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from registry_service.sealing_keys import KEY_VARIABLE, read_keys


def rotate_key(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "registry_service", "rotate-key", *words],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


def test_new_key_seals_and_the_older_one_opens(tmp_path: Path) -> None:
    (before,) = read_keys(tmp_path, {})

    done = rotate_key("--state-directory", str(tmp_path))

    newest, older = read_keys(tmp_path, {})
    assert older == before
    assert done.returncode == 0
    assert done.stdout == f"seals:      {newest.id.hex()}\nopens only: {older.id.hex()}\n"


def test_keys_of_the_environment_are_not_changed(tmp_path: Path) -> None:
    done = rotate_key("--state-directory", str(tmp_path), **{KEY_VARIABLE: "x"})

    assert done.returncode == 1
    assert KEY_VARIABLE in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_help_tells_what_comes_after(tmp_path: Path) -> None:
    done = rotate_key("--help")

    assert done.returncode == 0
    assert "ResealSecrets" in done.stdout
