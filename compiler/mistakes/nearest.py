"""Suggests words that are nearly right."""

from collections.abc import Collection

_MAX_KNOWN = 200
"""Among more words than these none is suggested: comparing takes time for each of them."""


def nearest(word: str, known: Collection[str]) -> str:
    """Return the known word most like `word`; empty when none is."""
    if len(known) > _MAX_KNOWN:
        return ""
    from difflib import get_close_matches  # a check that finds nothing need not wait for it

    return next(iter(get_close_matches(word[:200], list(known), n=1, cutoff=0.7)), "")
