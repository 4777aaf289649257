"""Mistakes in the text and its structure: FR100 to FR109."""

from compiler.diagnostics import Diagnostic, Related, Severity
from compiler.source import Span


def not_text(span: Span, what: str) -> Diagnostic:
    """Bytes that are no UTF-8, or a character that YAML forbids."""
    return Diagnostic(
        code="FR100", message=what, span=span, help="save the file as UTF-8 without control bytes"
    )


def yaml_syntax(span: Span, message: str, help: str = "", *related: Related) -> Diagnostic:
    """YAML that cannot be read."""
    return Diagnostic(code="FR101", message=message, span=span, help=help, related=related)


def duplicate_key(key: str, span: Span, first: Span) -> Diagnostic:
    """The same key twice in one mapping."""
    return Diagnostic(
        code="FR102",
        message=f'the key "{key}" stands here twice',
        span=span,
        help="remove one of the two",
        related=(Related(message="first defined here", span=first),),
        facts={"key": key},
    )


def too_deep(span: Span, limit: int) -> Diagnostic:
    """Nesting beyond the limit."""
    return Diagnostic(
        code="FR103", message=f"this is nested more than {limit} levels deep", span=span
    )


def too_many_aliases(span: Span, limit: int) -> Diagnostic:
    """Aliases that would expand to too much."""
    return Diagnostic(
        code="FR104",
        message=f"aliases would make more than {limit} values of this file",
        span=span,
        help="write the values out, or use fewer aliases of aliases",
    )


def unknown_anchor(name: str, span: Span) -> Diagnostic:
    """An alias of nothing, or of what it is part of."""
    return Diagnostic(
        code="FR105", message=f'there is no anchor "&{name}" before this alias', span=span
    )


def second_document(span: Span) -> Diagnostic:
    """A second YAML document, of which nothing would be run."""
    return Diagnostic(
        code="FR107",
        message="a second document begins here, and a pipeline is one document",
        span=span,
        help="remove it, or put it into a file of its own",
    )


def unknown_tag(tag: str, span: Span) -> Diagnostic:
    """A tag beyond those of the YAML 1.2 core schema."""
    return Diagnostic(
        code="FR108",
        message=f'the tag "{tag}" is not known',
        span=span,
        help="remove it; `!!str`, `!!int`, `!!float`, `!!bool` and `!!null` are known",
        facts={"tag": tag},
    )


def unfitting_tag(tag: str, span: Span) -> Diagnostic:
    """A tag before a value of another type."""
    return Diagnostic(
        code="FR108",
        message=f'the tag "{tag}" does not fit the value behind it',
        span=span,
        help="remove the tag, or mend the value",
        facts={"tag": tag},
    )


def too_many_errors(span: Span, limit: int) -> Diagnostic:
    """More errors than are told."""
    return Diagnostic(
        code="FR106",
        message=f"there are {limit} errors; no more were looked for",
        span=span,
        help="mend these, then check again",
    )


def too_many_warnings(span: Span, limit: int) -> Diagnostic:
    """More warnings and notes than are told."""
    return Diagnostic(
        code="FR148",
        severity=Severity.NOTE,
        message=f"there are more than {limit} warnings and notes; the others are not told",
        span=span,
        help="mend these, then check again",
    )


def too_many_steps(span: Span, limit: int) -> Diagnostic:
    """More steps than one plan holds."""
    return Diagnostic(
        code="FR186",
        message=f"the pipeline has more than {limit} steps",
        span=span,
        help="split it into several pipelines",
        facts={"limit": str(limit)},
    )


def too_many_references(span: Span, limit: int) -> Diagnostic:
    """More holes than one plan holds."""
    return Diagnostic(
        code="FR187",
        message=f"the pipeline has more than {limit} references `${{{{…}}}}`",
        span=span,
        help="split it into several pipelines",
        facts={"limit": str(limit)},
    )


def too_large(span: Span, size_bytes: int, limit_bytes: int) -> Diagnostic:
    """A file of more bytes than are read."""
    return Diagnostic(
        code="FR109",
        message=f"this file has {size_bytes} bytes, and at most {limit_bytes} are read",
        span=span,
        help="move long texts into files of the repository, or look whether this is a pipeline",
        facts={"size_bytes": str(size_bytes), "limit_bytes": str(limit_bytes)},
    )
