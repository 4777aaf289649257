"""Suggests words that are nearly right."""

from collections.abc import Collection

_MAX_KNOWN = 200
"""Among more words than these none is suggested: comparing takes time for each of them."""

_MAX_TOLD = 10
"""So many names are told where none is like the one that was written."""


def nearest(word: str, known: Collection[str]) -> str:
    """Return the known word most like `word`; empty when none is."""
    if len(known) > _MAX_KNOWN:
        return ""
    from difflib import get_close_matches  # a check that finds nothing need not wait for it

    return next(iter(get_close_matches(word[:200], list(known), n=1, cutoff=0.7)), "")


def which(name: str, known: Collection[str]) -> str:
    """Return what to write in place of an unknown name; empty when there is nothing to tell."""
    near = nearest(name, known)
    if near:
        return f'did you mean "{near}"?'
    if not 0 < len(known) <= _MAX_TOLD:
        return ""
    names = ", ".join(f"`{each}`" for each in sorted(known))
    return f"there {'is' if len(known) == 1 else 'are'} {names}"
