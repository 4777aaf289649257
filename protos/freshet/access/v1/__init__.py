"""Version 1 of the package `freshet.access`."""
