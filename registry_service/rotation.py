"""Makes a new sealing key: `python -m registry_service rotate-key --help`."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from registry_service.sealing_keys import KEY_FILE_NAME, rotate_key

COMMAND = "rotate-key"
_EPILOG = f"""what to do then:
  1. run this on one machine, and copy {KEY_FILE_NAME} to the others that serve the same database
  2. call `ResealSecrets` of the running service: it reads the keys anew, without a restart
  3. delete the older lines of {KEY_FILE_NAME}, where the newest key stands first

example:
  python -m registry_service rotate-key --state-directory /var/lib/freshet
"""


def main(prog: str, words: Sequence[str]) -> int:
    """Put a new key in front of the others and tell the ids of all.

    Raises:
        SealingFailed: the keys cannot be read or written.
    """
    parser = argparse.ArgumentParser(
        prog=f"{prog} {COMMAND}",
        description="Makes a new key that seals from now on. The older ones still open.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--state-directory", required=True, type=Path, help="where the service keeps its state"
    )
    directory: Path = parser.parse_args(words).state_directory
    newest, *older = rotate_key(directory, os.environ)
    print(f"seals:      {newest.id.hex()}")
    for key in older:
        print(f"opens only: {key.id.hex()}")
    return 0
