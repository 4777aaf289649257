"""The language, case by case."""
