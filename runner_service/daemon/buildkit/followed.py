"""What of a context a daemon wants: the paths that a Dockerfile copies, and where links lead.

Source: `FollowLinks` of https://github.com/tonistiigi/fsutil. It selects what is told, and nothing
else: a link that leads out of the context is told, and never followed there.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote_plus

from runner_service.daemon.buildkit.context import ContextDirectory
from runner_service.daemon.buildkit.ignore import EVERYTHING, Selection

_KEY = "followpaths"
_ENCODED_KEY = "followpaths-encoded"
_MOST_STEPS = 10_000
"""Links may lead to ever new paths."""
_WILDCARDS = "*?["


def followed_paths(metadata: Iterable[tuple[str, str | bytes]]) -> list[str]:
    """Return the paths that a call asks for; none: it asks for the whole context."""
    headers = [(key, str(value)) for key, value in metadata]
    paths = [value for key, value in headers if key == _KEY]
    encoded = any(key == _ENCODED_KEY for key, _ in headers)
    return [unquote_plus(path) for path in paths] if encoded else paths


def select(context: ContextDirectory, paths: Sequence[str]) -> Selection:
    """Return what there is at `paths`, which may have wildcards, and where links there lead.

    Blocks. Everything is selected when that is asked for, or cannot be told.
    """
    if not paths:
        return EVERYTHING
    try:
        found = _Resolver(context).resolve(paths)
        return EVERYTHING if found is None or "." in found else Selection(sorted(found))
    except ValueError:
        return EVERYTHING


class _Resolver:
    """Follows the links on the ways to paths."""

    def __init__(self, context: ContextDirectory) -> None:
        self._context = context
        self._open: list[str] = []
        self._known: set[str] = set()

    def resolve(self, paths: Iterable[str]) -> set[str] | None:
        """Return all paths and patterns; None: there is no end of them.

        Raises:
            ValueError: a pattern has no meaning.
        """
        for path in paths:
            self._add(path)
        found: set[str] = set()
        while self._open:
            found.add(self._followed(self._open.pop()))
            if len(self._known) > _MOST_STEPS:
                return None
        return found

    def _add(self, path: str) -> None:
        """Want a path; from the context, `..` leads nowhere and `/` is the context itself."""
        normal = posixpath.normpath(f"/{path}").lstrip("/") or "."
        if normal not in self._known:
            self._known.add(normal)
            self._open.append(normal)

    def _followed(self, path: str) -> str:
        """Return how much of a path is no link, or the first link there; add where it leads."""
        parts = path.split("/")
        for count in range(1, len(parts) + 1):
            way, rest = "/".join(parts[:count]), "/".join(parts[count:])
            if targets := list(self._targets(way)):
                for target in targets:
                    self._add(f"{target}/{rest}")
                return way
        return path

    def _targets(self, path: str) -> Iterator[str]:
        """Yield where the links at a path lead, whose last part may have wildcards."""
        folder, _, name = path.rpartition("/")
        names = [name]
        if any(wildcard in name for wildcard in _WILDCARDS):
            pattern = Selection([name])
            listed = self._context.names_in(folder)
            names = [each for each in listed if pattern.judge(each, pattern.outset).ignored]
        for each in names:
            target = self._context.link_at(posixpath.join(folder, each))
            if target is not None:
                absolute = target.startswith("/")
                yield target if absolute else posixpath.join("/", folder, target)
