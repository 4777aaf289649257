"""Version 1 of the plan contract; generated from the protos beside it."""
