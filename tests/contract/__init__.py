"""Contracts of ports: one suite for the real thing and for its fake."""
