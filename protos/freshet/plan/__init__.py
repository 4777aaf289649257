"""The plan contract."""
