"""A control group around each environment: bounds dockerd's memory, and is easy to sweep.

Works with both versions of control groups. A machine that allows neither goes without.
"""

import contextlib
import os
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_DAEMON_LIMIT_BYTES = 6 * 1024**3
"""A faulty build context can make dockerd take all the memory of a machine."""


def join(name: str) -> None:
    """Move this process, and so all that it starts, under a limit on memory."""
    with contextlib.suppress(OSError):
        if (_ROOT / "cgroup.controllers").exists():
            (_ROOT / name).mkdir(exist_ok=True)
            (_ROOT / name / "cgroup.subtree_control").write_text("+memory")
            _enter(_ROOT / name / "daemon", "memory.max")
        else:
            _enter(_ROOT / "memory" / name / "daemon", "memory.limit_in_bytes")


def _enter(group: Path, limit: str) -> None:
    group.mkdir(parents=True, exist_ok=True)
    (group / limit).write_text(str(_DAEMON_LIMIT_BYTES))
    (group / "cgroup.procs").write_text(str(os.getpid()))


def sweep(name: str) -> None:
    """Remove the groups that a killed environment left behind; those still in use stay."""
    for top in (*_ROOT.glob(name), *_ROOT.glob(f"*/{name}")):
        for folder, _, _ in os.walk(top, topdown=False):
            with contextlib.suppress(OSError):
                Path(folder).rmdir()
