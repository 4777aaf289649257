"""Python's search for garbage, put off while a pipeline is read."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Look for no cycles of objects meanwhile.

    Nothing the compiler makes refers back to itself, and the search walks all of it over and over:
    with thousands of steps it takes as long as the rest.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
