"""Tests; the tree under `unit` mirrors the code."""
