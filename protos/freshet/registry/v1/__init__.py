"""Version 1 of the registry contract; generated from the protos beside it."""
