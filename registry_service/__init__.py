"""Knows the Docker registries and the images that were built."""
