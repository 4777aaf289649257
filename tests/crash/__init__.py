"""Kills at random moments, and what the store of registries holds afterwards."""
