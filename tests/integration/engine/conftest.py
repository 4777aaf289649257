"""Leaves out what cannot be asked of a daemon that the user already has."""

from tests.engine import EXTERNAL, available_kinds

collect_ignore = (
    ["test_private.py", "test_lifecycle.py", "test_external.py"]
    if available_kinds() == (EXTERNAL,)
    else []
)
