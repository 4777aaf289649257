"""What the runner remembers: runs and their events."""
