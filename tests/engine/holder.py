"""Process outside the pid namespace of an environment: holds its network and its /etc.

Run inside fresh network and mount namespaces. Commands that enter these namespaces see the
machine's own processes, so they can be signalled and can read /proc; dockerd and the registries
live one pid namespace further in, where killing process 1 ends them all.
"""

import subprocess
import sys
from pathlib import Path

from tests.engine.control_group import join
from tests.engine.description import Description
from tests.engine.kit import Kit
from tests.engine.layout import Layout


def main(root: str) -> int:
    """Set up /etc, start process 1 with the attendant, and wait for its end."""
    layout = Layout(root=Path(root))
    description = Description.read(layout.description)
    assert description is not None
    join(layout.control_group)
    layers = f"lowerdir=/etc,upperdir={layout.etc},workdir={layout.etc_work}"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, "/etc"], check=True)
    first = [str(Kit(root=Path(description.kit)).tini), "-g", "--"]
    attendant = [sys.executable, "-m", "tests.engine.attendant", root]
    # Killing this process kills unshare, which kills process 1, which ends the namespace.
    bound = ["setpriv", "--pdeathsig", "KILL"]
    inner = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return subprocess.run([*bound, *inner, *first, *attendant], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
