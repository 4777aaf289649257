"""Tests of the kit that gives the other tests their engines."""
