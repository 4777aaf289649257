"""Looks for inputs that the compiler cannot take."""
