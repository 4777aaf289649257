"""What an error of libyaml means: the place of the mistake, plain words, and what to do.

libyaml tells where reading became impossible. The mistake often stands before that: a quote or a
bracket that is not closed, a missing colon in the line above.
"""

from __future__ import annotations

from collections.abc import Callable

from yaml.error import MarkedYAMLError

from compiler import mistakes
from compiler.diagnostics import Diagnostic
from compiler.source import Position, Source, Span
from compiler.syntax import misplaced
from compiler.syntax.broken_yaml import Broken, in_quotes, span_of
from compiler.syntax.nodes import Scalar
from compiler.syntax.yaml_reader import MAX_DEPTH


def explained(source: Source, error: MarkedYAMLError, last: Scalar | None) -> Diagnostic:
    """Return what to tell the user; `last` is the value that was read last."""
    mark = error.problem_mark or error.context_mark
    place = _position(mark.line, mark.column, source) if mark else Position(1, 1)
    context = error.context_mark
    begin = _position(context.line, context.column, source) if context else place
    problem = error.problem or ""
    broken = Broken(source=source, place=place, begin=begin, last=last)
    for words, explain in _BY_PROBLEM.items():
        if words in problem:
            return explain(broken)
    said = " ".join(part for part in (error.context, problem) if part)
    return mistakes.yaml_syntax(Span(place, place), f"this is no valid YAML: {said}")


def _position(line: int, column: int, source: Source) -> Position:
    # libyaml counts a line more where the text breaks off.
    return min(Position(line + 1, column + 1), source.end)


def _open_quote(broken: Broken) -> Diagnostic:
    sign = broken.rest(broken.begin)[:1]
    return mistakes.yaml_syntax(
        span_of(broken.begin, sign),
        "this quote is never closed",
        f"put `{sign}` where the text ends",
    )


def _forbidden_sign(broken: Broken) -> Diagnostic:
    if broken.sign == "\t":
        return _tab(broken)
    if not broken.sign:
        return mistakes.yaml_syntax(span_of(broken.place, ""), "a value is missing here")
    message = f'no value can begin with "{broken.sign}"'
    return mistakes.yaml_syntax(
        span_of(broken.place, broken.sign), message, in_quotes(broken, broken.rest(broken.place))
    )


def _tab(broken: Broken) -> Diagnostic:
    column = broken.line(broken.place.line).find("\t", broken.place.column - 1)
    place = Position(broken.place.line, column + 1) if column >= 0 else broken.place
    return mistakes.yaml_syntax(
        span_of(place, "\t"), "this line is indented with a tab", "use blanks: YAML allows no tabs"
    )


def _too_deep(broken: Broken) -> Diagnostic:
    return mistakes.too_deep(span_of(broken.place, broken.sign), MAX_DEPTH)


def _directive(broken: Broken) -> Diagnostic:
    start = Position(broken.place.line, 1)
    return mistakes.yaml_syntax(
        span_of(start, broken.rest(start)),
        "a `%` at the beginning of a line begins a directive of YAML, and this is none",
        "indent the line, or put the value in quotes",
    )


def _no_name(broken: Broken) -> Diagnostic:
    sign = broken.rest(broken.begin)[:1]
    meaning = {"*": "an alias", "&": "an anchor"}.get(sign, "a tag")
    text = broken.rest(broken.begin)
    return mistakes.yaml_syntax(
        span_of(broken.begin, text),
        f'"{sign}" begins {meaning}, and no name follows',
        in_quotes(broken, text),
    )


def _unknown_tag(broken: Broken) -> Diagnostic:
    tag = broken.rest(broken.place).partition(" ")[0]
    return mistakes.unknown_tag(tag, span_of(broken.place, tag))


def _bad_escape(broken: Broken) -> Diagnostic:
    escape = broken.rest(broken.place)[:2]
    return mistakes.yaml_syntax(
        span_of(broken.place, escape),
        f'"{escape}" means nothing in double quotes',
        f"write `\\{escape}`, or use single quotes, in which `\\` stands for itself",
    )


def _behind_block_sign(broken: Broken) -> Diagnostic:
    sign, text = broken.rest(broken.begin)[:1], broken.rest(broken.begin)
    return mistakes.yaml_syntax(
        span_of(broken.begin, text),
        f'the text of "{sign}" begins in the next line',
        f"move it there, or {in_quotes(broken, text)}",
    )


_BY_PROBLEM: dict[str, Callable[[Broken], Diagnostic]] = {
    "nesting depth": _too_deep,  # newer libyaml has a limit of its own, which it may meet first
    "found unexpected end of stream": _open_quote,
    "found character that cannot start any token": _forbidden_sign,
    "found a tab character": _tab,
    "could not find expected ':'": misplaced.missing_colon,
    "mapping values are not allowed": misplaced.unexpected_value,
    "mapping keys are not allowed": _forbidden_sign,
    "did not find expected node content": _forbidden_sign,
    "directive name": _directive,
    "block sequence entries are not allowed": misplaced.item_behind_key,
    "did not find expected key": misplaced.unexpected_in_mapping,
    "did not find expected '-' indicator": misplaced.no_item,
    "did not find expected ',' or": misplaced.unexpected_in_brackets,
    "did not find expected alphabetic or numeric character": _no_name,
    "did not find expected whitespace or line break": _no_name,
    "found undefined tag handle": _unknown_tag,
    "found unknown escape character": _bad_escape,
    "did not find expected comment or line break": _behind_block_sign,
    "did not find expected <document start>": misplaced.behind_document,
}
"""What to do about the words of libyaml."""
