"""The rules of `.dockerignore`; pure.

Source: https://docs.docker.com/build/concepts/context/#dockerignore-files and the behaviour of
Docker's own matcher, https://github.com/moby/patternmatcher, oddities included: whoever builds with
Docker leaves out the same files. RE2 is what Docker's matcher uses, in time linear in the path.
"""

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import re2


class _Expression(Protocol):
    def fullmatch(self, text: str) -> object: ...


class Verdict(NamedTuple):
    """What the rules say of one path."""

    ignored: bool
    """Whether they match, in the end."""
    matched: tuple[bool, ...]
    """For each rule, whether it was found to match the path or a folder above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the file."""

    expression: _Expression
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
        # As Go sees bytes that are no UTF-8.
        text = path.encode(errors="surrogateescape").decode(errors="replace")
        for rule, above in zip(self.rules, folder.matched, strict=True):
            # A rule that would change nothing is not asked, and then counts for nothing further
            # down either: so does Docker.
            asked = rule.exception == ignored
            hit = above or (asked and rule.expression.fullmatch(text) is not None)
            matched.append(hit)
            if hit:
                ignored = not rule.exception
        return Verdict(ignored=ignored, matched=tuple(matched))

    def may_except_below(self, folder: str) -> bool:
        """Return whether an exception can bring back something inside an ignored `folder`."""
        return any(rule.exception and rule.may_match_below(folder) for rule in self.rules)


class Selection:
    """What is wanted of a context: what lies at some patterns, or below."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Read patterns as those of lines are.

        Raises:
            ValueError: one has no meaning; the message shows it.
        """
        self._rules = IgnoreRules(
            rules=tuple(_pattern_rule(each, exception=False) for each in patterns)
        )

    @property
    def outset(self) -> Verdict:
        """The verdict on the context directory itself; wanted paths "match"."""
        return self._rules.outset

    def judge(self, path: str, folder: Verdict) -> Verdict:
        """Return the verdict on `path`, given the one on the folder it lies in."""
        return self._rules.judge(path, folder)

    def may_have_below(self, folder: str) -> bool:
        """Return whether something inside a `folder` that is not wanted itself can be."""
        return any(rule.may_match_below(folder) for rule in self._rules.rules)


def parse(text: str) -> IgnoreRules:
    """Return the rules that a `.dockerignore` file states.

    Raises:
        ValueError: a pattern has no meaning; the message shows it.
    """
    rules = (_rule(line) for line in text.removeprefix("\ufeff").split("\n"))
    return IgnoreRules(rules=tuple(rule for rule in rules if rule is not None))


def _rule(line: str) -> Rule | None:
    written = line.strip()
    if line.startswith("#") or not written:
        return None
    exception = written.startswith("!")
    try:
        return _pattern_rule(written.removeprefix("!").strip(), exception=exception)
    except ValueError:
        raise ValueError(f'the pattern "{written}" has no meaning') from None


def _pattern_rule(pattern: str, *, exception: bool) -> Rule:
    if not pattern or not _WELL_FORMED.fullmatch(pattern):
        raise ValueError(f'the pattern "{pattern}" has no meaning')
    pattern = posixpath.normpath(pattern)
    # From the root, `..` leads nowhere else; elsewhere it leads out, where no file is.
    pattern = pattern.lstrip("/") if pattern.startswith("/") else pattern
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


_WELL_FORMED = re.compile(
    r"""(?: [^\[\\] | \\. | \[\^? (?: (?:\\.|[^]\\-]) (?: -(?:\\.|[^]\\-]) )? )+ \] )*""",
    re.DOTALL | re.VERBOSE,
)
"""What Go's `filepath.Match` takes for a pattern."""
_SPECIAL = re.compile(r"[*?\\\[\]]")
_TOKEN = re.compile(r"\*\*/?|\\.|.", re.DOTALL)


def _compile(pattern: str) -> _Expression:
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    try:
        expression: _Expression = re2.compile(_expression(pattern), options)
    except re2.error as error:
        raise ValueError(f'the pattern "{pattern}" has no meaning') from error
    return expression


def _expression(pattern: str) -> str:
    if not _SPECIAL.search(pattern):
        return _escape(pattern)
    if pattern.startswith("**") and not _SPECIAL.search(pattern[2:]):
        # The end of a path, whole names or not; after a slash, the whole path too.
        rest = pattern[2:]
        return f"(?:.*/)?{_escape(rest[1:])}" if rest[:1] == "/" else f".*{_escape(rest)}"
    return "".join(
        _translate(match[0], last=match.end() == len(pattern)) for match in _TOKEN.finditer(pattern)
    )


def _translate(token: str, *, last: bool) -> str:
    """Return a piece of a pattern as a regular expression, also where it stands in brackets."""
    if token.startswith("**"):
        return ".*" if last else "(?:.*/)?"
    if token == "*":
        return "[^/]*"
    if token == "?":
        return "[^/]"
    if token.startswith("\\"):
        return _escape(token[1:])
    return token if token in "[]^-" else _escape(token)


def _escape(text: str) -> str:
    escaped: str = re2.escape(text)
    return escaped


EVERYTHING = Selection(["**"])
