"""Fuzzes the compiler: `python -m tests.fuzz --seconds 600`."""

import argparse
import sys
from pathlib import Path

from tests.fuzz.run import fuzz


def main() -> int:
    """Fuzz, and tell what was found. Return 1 when something was."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="how long (default: 600)")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path("build/fuzz"),
        help="for corpus, findings and log (default: build/fuzz)",
    )
    options = parser.parse_args()
    found = fuzz(options.seconds, options.folder)
    for path in found:
        print(f"{path}: try it again with `{sys.executable} -m tests.fuzz.target {path}`")
    print(f"{len(found)} findings in {options.seconds} s; the log is {options.folder / 'log'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
