"""The rules of `.dockerignore`; pure.

Source: https://docs.docker.com/build/concepts/context/#dockerignore-files and the behaviour of
Docker's own matcher, https://github.com/moby/patternmatcher.
"""

import posixpath
import re
from dataclasses import dataclass
from typing import NamedTuple


class Verdict(NamedTuple):
    """What the rules say of one path."""

    ignored: bool
    matched: tuple[bool, ...]
    """For each rule, whether it matches the path or a folder above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the file."""

    expression: re.Pattern[str]
    literal_parts: tuple[str, ...]
    """Leading parts of the path, up to the first with a wildcard."""
    is_literal: bool
    """Whether no part has a wildcard."""
    exception: bool
    """Whether it takes back (`!`) what earlier lines ignore."""

    def may_match_below(self, folder: str) -> bool:
        """Return whether something inside `folder` can match."""
        parts = folder.split("/")
        shared = min(len(parts), len(self.literal_parts))
        if self.literal_parts[:shared] != tuple(parts[:shared]):
            return False
        return not self.is_literal or len(self.literal_parts) > len(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreRules:
    """All lines of the file; the last one that matches a path decides."""

    rules: tuple[Rule, ...] = ()

    @property
    def outset(self) -> Verdict:
        """The verdict on the context directory itself."""
        return Verdict(ignored=False, matched=(False,) * len(self.rules))

    def judge(self, path: str, folder: Verdict) -> Verdict:
        """Return the verdict on `path`, given the one on the folder it lies in."""
        ignored = False
        matched = []
        for rule, above in zip(self.rules, folder.matched, strict=True):
            hit = above or rule.expression.fullmatch(path) is not None
            matched.append(hit)
            if hit:
                ignored = not rule.exception
        return Verdict(ignored=ignored, matched=tuple(matched))

    def may_except_below(self, folder: str) -> bool:
        """Return whether an exception can bring back something inside an ignored `folder`."""
        return any(rule.exception and rule.may_match_below(folder) for rule in self.rules)


def parse(text: str) -> IgnoreRules:
    """Return the rules that a `.dockerignore` file states.

    Raises:
        ValueError: a pattern has no meaning; the message shows it.
    """
    rules = (_rule(line) for line in text.removeprefix("\ufeff").splitlines())
    return IgnoreRules(rules=tuple(rule for rule in rules if rule is not None))


def _rule(line: str) -> Rule | None:
    if line.startswith("#"):
        return None
    pattern = line.strip()
    exception = pattern.startswith("!")
    pattern = pattern.removeprefix("!").strip()
    # Paths are cleaned as if they began at the root: `..` and a leading slash lead nowhere else.
    pattern = posixpath.normpath("/" + pattern).lstrip("/")
    if not pattern:
        return None
    parts = tuple(pattern.split("/"))
    literal = _literal_parts(parts)
    return Rule(
        expression=_compile(pattern),
        literal_parts=literal,
        is_literal=literal == parts,
        exception=exception,
    )


def _literal_parts(parts: tuple[str, ...]) -> tuple[str, ...]:
    wildcard = (at for at, part in enumerate(parts) if re.search(r"[*?\[\\]", part))
    return parts[: next(wildcard, len(parts))]


def _compile(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(_expression(pattern), re.DOTALL)
    except re.error as error:
        raise ValueError(f'the pattern "{pattern}" has no meaning') from error


_TOKEN = re.compile(r"\*\*/?|\*|\?|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)


def _expression(pattern: str) -> str:
    return "".join(
        _translate(match[0], last=match.end() == len(pattern)) for match in _TOKEN.finditer(pattern)
    )


def _translate(token: str, *, last: bool) -> str:
    """Return a piece of a pattern as a regular expression; cf. Go's `filepath.Match`."""
    if token.startswith("**"):
        return ".*" if last else "(?:.*/)?"
    if token == "*":
        return "[^/]*"
    if token == "?":
        return "[^/]"
    if token.startswith("[") and len(token) > 1:
        # Python reserves doubled signs in sets for the future and warns of them.
        return "[" + re.sub(r"([\[&~|]|--)", r"\\\1", token[1:])
    return re.escape(token[1:] if token.startswith("\\") and len(token) > 1 else token)
