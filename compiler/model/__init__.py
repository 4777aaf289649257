"""What the pipeline means: references resolved, defaults filled in."""
