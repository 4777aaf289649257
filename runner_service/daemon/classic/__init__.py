"""The classic builder, for daemons that have no BuildKit."""
