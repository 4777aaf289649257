"""Version 1 of the runner contract; generated from the protos beside it."""
