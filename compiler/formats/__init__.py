"""What was found, written for people and for programs: pure functions from values to text.

One module a format. `text` is imported by every check and must stay cheap; the others may import
what they need.
"""
