"""Finds names that wait for each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence


def cycles(edges: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Yield one cycle for each set of names that wait for each other.

    Args:
        edges: What each name waits for; names that are no keys wait for nothing.

    The order of `edges` decides which cycles are found first, and where each begins.
    """
    done: set[str] = set()
    for start in edges:
        path: dict[str, Iterator[str]] = {}
        waiting: str | None = start
        while waiting is not None:
            found = _enter(waiting, path, done, edges)
            if found:
                yield found
            waiting = _next(path, done)


def _enter(
    name: str,
    path: dict[str, Iterator[str]],
    done: set[str],
    edges: Mapping[str, Sequence[str]],
) -> list[str] | None:
    """Put a name on the path; return the cycle that this closes."""
    if name in path:
        names = list(path)
        return names[names.index(name) :]
    if name not in done and name in edges:
        path[name] = iter(edges[name])
    return None


def _next(path: dict[str, Iterator[str]], done: set[str]) -> str | None:
    """Return the next name that something on the path waits for."""
    while path:
        last = next(reversed(path))
        following = next(path[last], None)
        if following is not None:
            return following
        del path[last]
        done.add(last)
    return None
