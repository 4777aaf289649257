"""The registry contract."""
