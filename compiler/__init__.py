"""Turns codefresh.yml into a plan; the command line stands here too."""
