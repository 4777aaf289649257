"""Tests with real programs: daemons, registries, services."""
