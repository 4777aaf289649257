"""Executes plans on a Docker daemon."""
