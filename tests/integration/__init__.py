"""Whole programs against real daemons and real registries."""
