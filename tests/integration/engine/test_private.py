"""The walls of an environment that has namespaces of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.engine import Environment


def test_command_inside_sees_the_names_there_and_the_processes_of_the_machine(
    engine_26: Environment,
) -> None:
    code = (
        "import os, socket;"
        "print(socket.gethostbyname('registry.freshet.test'), os.getppid(), os.getcwd())"
    )

    inside = engine_26.command([sys.executable, "-c", code])
    said = subprocess.run(inside, capture_output=True, text=True, check=True).stdout.split()

    assert said == ["198.18.0.1", str(os.getpid()), str(Path.cwd())]


def test_nothing_outside_is_in_reach(engine_26: Environment) -> None:
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=5)"

    inside = engine_26.command([sys.executable, "-c", code])
    tried = subprocess.run(inside, capture_output=True, text=True, check=False)

    assert "Network is unreachable" in tried.stderr
