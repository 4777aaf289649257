"""Explains what stands where it cannot: lines, keys, items, and what follows quotes or brackets."""

from __future__ import annotations

from compiler import mistakes
from compiler.diagnostics import Diagnostic, Related
from compiler.source import Position, Span
from compiler.syntax.broken_yaml import MAX_LINE, Broken, in_quotes, indentation, span_of
from compiler.syntax.nodes import Scalar

_CLOSING = {"[": "]", "{": "}"}
_WRITTEN_INSIDE = {
    "'": "inside of single quotes, `'` is written `''`",
    '"': 'inside of double quotes, `"` is written `\\"`',
}


def missing_colon(broken: Broken) -> Diagnostic:
    """Explain a line that should be a key."""
    return _without_colon(broken, broken.begin.line)


def _without_colon(broken: Broken, number: int) -> Diagnostic:
    text, span = broken.whole_line(number)
    if text[:1] in ("'", '"'):
        return mistakes.yaml_syntax(
            span, "this is neither a key nor a value", "close the quote, and write `key: value`"
        )
    if len(text) >= MAX_LINE - indentation(broken.line(number)):
        return _long_key(span)
    key, blank, value = text.partition(" ")
    if ":" in key:
        key, _, value = text.partition(":")
        message, help = 'a blank is missing after the ":"', f"write `{key}: {value.strip()}`"
    elif blank:
        message, help = 'a ":" is missing in this line', f"write `{key}: {value.strip()}`"
    else:
        message, help = 'a ":" is missing after this key', f"write `{key}:`"
    return mistakes.yaml_syntax(
        span, message, help if broken.may_repeat(text) else "write `key: value`"
    )


def unexpected_value(broken: Broken) -> Diagnostic:
    """Explain a `:` that makes a key of what cannot be one."""
    number, column = broken.place
    line = broken.line(number)
    key, colon, value = line[: column - 1].partition(": ")
    if colon:
        start = Position(number, len(key) + len(colon) + indentation(value) + 1)
        text = broken.rest(start)
        return mistakes.yaml_syntax(
            span_of(start, text), 'a second ": " stands in this line', in_quotes(broken, text)
        )
    if column > MAX_LINE:
        return _long_key(broken.whole_line(number)[1])
    return _below_a_value(broken)


def _below_a_value(broken: Broken) -> Diagnostic:
    """Explain a key in a line that seems to go on with the value of the line above."""
    number = broken.place.line
    before = next((n for n in range(number - 1, 0, -1) if broken.line(n).strip()), number)
    above, place_above = broken.whole_line(before)
    if ": " not in above and not above.startswith(("-", "#", "'", '"')):
        return _without_colon(broken, before)
    return mistakes.yaml_syntax(
        broken.whole_line(number)[1],
        "this line is indented deeper than the one above, which has a value already",
        "indent both alike, or put quotes around a text of several lines",
        Related(message="the one above", span=place_above),
    )


def _long_key(span: Span) -> Diagnostic:
    return mistakes.yaml_syntax(span, "this key is too long", "use at most 1024 characters")


def unexpected_in_mapping(broken: Broken) -> Diagnostic:
    """Explain what stands where a key should."""
    if follows := _behind_quotes(broken):
        return follows
    text = broken.rest(broken.place)
    if broken.sign in ("]", "}"):
        return mistakes.yaml_syntax(
            span_of(broken.place, broken.sign),
            f'this "{broken.sign}" closes nothing',
            "remove it, or put the value in quotes",
        )
    if not broken.line(broken.place.line)[: broken.place.column - 1].strip():
        return _wrong_indentation(broken, span_of(broken.place, text))
    return mistakes.yaml_syntax(
        span_of(broken.place, text), "this belongs to nothing", "put the whole value in quotes"
    )


def _wrong_indentation(broken: Broken, span: Span) -> Diagnostic:
    if broken.sign == "-":
        return mistakes.yaml_syntax(
            span,
            "this item belongs to no list",
            "indent it as the other items of its list",
        )
    if broken.last and _sign_of(broken, broken.last) in ("|", ">"):
        help = "indent it as the first line of the text above, or as the key of that text"
    else:
        fitting = _fitting_indentations(broken)
        help = f"indent it by {' or '.join(map(str, fitting))} blanks"
    return mistakes.yaml_syntax(
        span, "the indentation of this line fits none of the lines above", help
    )


def _fitting_indentations(broken: Broken) -> list[int]:
    """Return the nearest indentations of lines above that a line may have here."""
    column = broken.place.column - 1
    lines = map(broken.line, range(1, broken.place.line))
    levels = [indentation(line) for line in lines if line.strip()]
    lesser = max((level for level in levels if level < column), default=0)
    greater = [level for level in levels if level > column]
    return [lesser, min(greater)] if greater else [lesser]


def _behind_quotes(broken: Broken) -> Diagnostic | None:
    """Explain text behind a closing quote; None when there is none."""
    last = broken.last
    if last is None or _sign_of(broken, last) not in ("'", '"'):
        return None
    end = last.span.end
    between = broken.line(end.line)[end.column - 1 : broken.place.column - 1]
    if end.line != broken.place.line or between.strip():
        return None
    start = last.span.start
    if start.line < end.line:
        return mistakes.yaml_syntax(
            span_of(start, "'"),
            "this quote is closed only some lines below",
            "close it where its text ends",
            Related(message="here it is closed", span=span_of(_before(end), "'")),
        )
    quote = _sign_of(broken, last)
    text = broken.rest(start)
    help = _WRITTEN_INSIDE[quote] if text.count(quote) % 2 else in_quotes(broken, text)
    return mistakes.yaml_syntax(
        span_of(broken.place, broken.rest(broken.place)), "this stands behind a closing quote", help
    )


def _before(position: Position) -> Position:
    return Position(position.line, position.column - 1)


def _sign_of(broken: Broken, scalar: Scalar) -> str:
    return broken.rest(scalar.span.start)[:1]


def no_item(broken: Broken) -> Diagnostic:
    """Explain what stands among the items of a list."""
    _, span = broken.whole_line(broken.place.line)
    return mistakes.yaml_syntax(
        span,
        "an item of the list above must begin with `- `",
        "write `- ` before it, or indent it as the key that the list belongs to",
    )


def unexpected_in_brackets(broken: Broken) -> Diagnostic:
    """Explain what stands in `[…]` or `{…}` where a comma should."""
    opening = broken.rest(broken.begin)[:1]
    line, before = broken.line(broken.place.line), broken.place.column - 2
    if line[before : before + 3] == "${{":
        hole = line[before:].partition("}}")[0] + "}}"
        return mistakes.yaml_syntax(
            span_of(_before(broken.place), hole),
            f"a variable inside of `{opening} {_CLOSING[opening]}` needs quotes",
            f"write `'{hole}'`",
        )
    goes_on = broken.place.line > broken.begin.line and broken.sign not in ("'", '"', "[", "{")
    if goes_on or not broken.sign:
        return mistakes.yaml_syntax(
            span_of(broken.begin, opening),
            f'this "{opening}" is not closed',
            f"put `{_CLOSING[opening]}` where it ends",
            Related(message="here it cannot go on", span=span_of(broken.place, broken.sign)),
        )
    return mistakes.yaml_syntax(
        span_of(broken.place, broken.sign),
        f'a "," or "{_CLOSING[opening]}" is missing before this',
        "separate items with `,`; text with brackets, braces, `,` or `: ` needs quotes",
    )


def item_behind_key(broken: Broken) -> Diagnostic:
    """Explain the `-` of an item behind a key."""
    return mistakes.yaml_syntax(
        span_of(broken.place, broken.rest(broken.place)),
        "a list cannot begin in the line of its key",
        "write each item in a line of its own, or all of them as `[a, b]`",
    )


def behind_document(broken: Broken) -> Diagnostic:
    """Explain what follows the end of the document."""
    _, span = broken.whole_line(broken.place.line)
    return mistakes.yaml_syntax(
        span,
        "the document has ended before this line",
        "let all keys of the pipeline begin in the first column, as `version` and `steps` do",
    )
