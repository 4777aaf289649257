"""Leaves out what kills its engine, where that is the user's own."""

from tests.engine import EXTERNAL, available_kinds

collect_ignore = ["test_crash.py"] if available_kinds() == (EXTERNAL,) else []
