"""The runner contract."""
