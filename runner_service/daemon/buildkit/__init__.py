"""Builds by BuildKit inside a Docker daemon: what a client of its sessions has to offer."""
