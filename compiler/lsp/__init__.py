"""The language server: what editors ask about pipelines that are being written.

Answers are pure functions from a text and an offset; only `server` and `protocol` know the Language
Server Protocol, and import the libraries for it. Nothing here starts services or runs anything.
"""
