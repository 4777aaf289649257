"""The mistakes of users: one function each, named by what is wrong.

FR1xx  the text and its structure
  FR100 not text            FR101 YAML syntax          FR102 duplicate key
  FR103 too deep            FR104 too many aliases     FR105 unknown anchor
  FR106 too many errors     FR107 second document      FR108 unknown tag
FR11x  keys and values
  FR110 unknown key         FR111 missing key          FR112 wrong type
  FR113 wrong value         FR114 two spellings        FR115 version
  FR116 step name           FR117 step name twice      FR118 unknown stage
  FR119 not supported yet   FR120 unknown step type    FR121 empty text
FR13x  meaning
  FR130 unknown step        FR131 later step           FR132 step without image
  FR133 bad tag             FR134 conflict             FR135 upper-case image name
  FR136 mixed candidate     FR137 ignored time limit   FR138 clamped retry
  FR139 tag beside tags     FR140 variable or step     FR141 key without effect
FR2xx  registries: the numbers of the language's own list (200 to 207), or FR299 for rules
       that have none there
"""

from collections.abc import Collection, Iterable, Mapping

from compiler.diagnostics import Diagnostic, Related, Severity
from compiler.source import Span

_QUOTABLE = frozenset({"a number", "a boolean"})
"""Types that quotes turn into a string."""
_MAX_KNOWN = 200
"""Among more words than these none is suggested: comparing takes time for each of them."""


def not_text(span: Span, what: str) -> Diagnostic:
    """Bytes that are no UTF-8, or a character that YAML forbids."""
    return Diagnostic(
        code="FR100", message=what, span=span, help="save the file as UTF-8 without control bytes"
    )


def yaml_syntax(span: Span, problem: str) -> Diagnostic:
    """YAML that cannot be read."""
    return Diagnostic(code="FR101", message=f"this is no valid YAML: {problem}", span=span)


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


def too_many_errors(span: Span, limit: int) -> Diagnostic:
    """More errors than are told."""
    return Diagnostic(
        code="FR106",
        message=f"there are {limit} errors; no more were looked for",
        span=span,
        help="mend these, then check again",
    )


def unknown_key(key: str, span: Span, known: Collection[str], where: str) -> Diagnostic:
    """A key that does not belong there."""
    near = nearest(key, known)
    return Diagnostic(
        code="FR110",
        message=f'"{key}" is not allowed in {where}',
        span=span,
        help=f'did you mean "{near}"?' if near else "remove it",
        facts={"key": key, "where": where, **({"suggestion": near} if near else {})},
    )


def missing_key(key: str, span: Span, where: str) -> Diagnostic:
    """A key that must be there."""
    return Diagnostic(
        code="FR111",
        message=f'"{key}" is required in {where}',
        span=span,
        facts={"key": key, "where": where},
    )


def wrong_type(what: str, expected: str, found: str, span: Span) -> Diagnostic:
    """A value of another type."""
    return Diagnostic(
        code="FR112",
        message=f'"{what}" must be {expected}, but is {found}',
        span=span,
        help="put it in quotes" if expected == "a string" and found in _QUOTABLE else "",
        facts={"key": what, "expected": expected, "found": found},
    )


def wrong_value(what: str, value: str, allowed: Iterable[str], span: Span) -> Diagnostic:
    """A value that is none of the allowed ones."""
    choices = ", ".join(f"`{each}`" for each in allowed)
    return Diagnostic(
        code="FR113",
        message=f'"{what}" is "{value}"',
        span=span,
        help=f"expected {choices}",
        facts={"key": what, "value": value},
    )


def two_spellings(spellings: tuple[str, str], name: str, span: Span, first: Span) -> Diagnostic:
    """The same key with a hyphen and with an underscore."""
    return Diagnostic(
        code="FR114",
        message=f'"{spellings[0]}" and "{spellings[1]}" are the same key',
        span=span,
        help=f'keep "{name}"',
        related=(Related(message="the other one is here", span=first),),
        facts={"key": name},
    )


def wrong_version(found: str, span: Span) -> Diagnostic:
    """A version that is not 1.0."""
    return Diagnostic(
        code="FR115",
        message=f'the version "{found}" is not known',
        span=span,
        help="write `version: '1.0'`",
        facts={"version": found},
    )


def bad_step_name(name: str, problem: str, span: Span) -> Diagnostic:
    """A name that no step may have."""
    return Diagnostic(
        code="FR116",
        message=f'"{name[:60]}" is no name for a step: it {problem}',
        span=span,
        help="use at most 150 characters, none of them . # $ [ ]",
        facts={"step": name},
    )


def repeated_step_name(name: str, span: Span, first: Span) -> Diagnostic:
    """Two steps of one name."""
    return Diagnostic(
        code="FR117",
        message=f'there is another step "{name}"',
        span=span,
        related=(Related(message="first defined here", span=first),),
        facts={"step": name},
    )


def unknown_stage(stage: str, span: Span, stages: Collection[str]) -> Diagnostic:
    """A stage that `stages` does not list."""
    near = nearest(stage, stages)
    return Diagnostic(
        code="FR118",
        message=f'the stage "{stage}" is not listed in "stages"',
        span=span,
        help=f'did you mean "{near}"?' if near else "add it to `stages` at the top",
        facts={"stage": stage},
    )


def not_supported(feature: str, span: Span) -> Diagnostic:
    """Part of the language that this version cannot run."""
    return Diagnostic(
        code="FR119",
        message=f"{feature} is not supported by this version of Freshet yet",
        span=span,
        facts={"feature": feature},
    )


def unknown_step_type(found: str, span: Span, known: Collection[str]) -> Diagnostic:
    """A type of step that is nowhere defined."""
    near = nearest(found, known)
    return Diagnostic(
        code="FR120",
        message=f'there is no step type "{found}" that Freshet can run',
        span=span,
        help=f'did you mean "{near}"?' if near else "",
        facts={"type": found},
    )


def empty_text(what: str, span: Span) -> Diagnostic:
    """A string that must say something."""
    return Diagnostic(
        code="FR121", message=f'"{what}" must not be empty', span=span, facts={"key": what}
    )


def unknown_step(name: str, span: Span, known: Collection[str]) -> Diagnostic:
    """A reference to a step that is not there."""
    near = nearest(name, known)
    return Diagnostic(
        code="FR130",
        message=f'there is no step "{name}"',
        span=span,
        help=f'did you mean "{near}"?' if near else "",
        facts={"step": name},
    )


def variable_or_step(name: str, suggestion: str, span: Span) -> Diagnostic:
    """An unknown variable in the place of an image, with a name much like that of a step."""
    return Diagnostic(
        code="FR140",
        severity=Severity.WARNING,
        message=f'there is no step "{name}", so this is the variable of that name',
        span=span,
        help=f'did you mean the step "{suggestion}"?',
        facts={"variable": name, "suggestion": suggestion},
    )


def later_step(name: str, span: Span, step: Span) -> Diagnostic:
    """A reference to a step that comes later."""
    return Diagnostic(
        code="FR131",
        message=f'the step "{name}" comes later than this one',
        span=span,
        help="move it before this step",
        related=(Related(message="it is here", span=step),),
        facts={"step": name},
    )


def step_without_image(name: str, type_name: str, span: Span, step: Span) -> Diagnostic:
    """The image of a step that makes none."""
    return Diagnostic(
        code="FR132",
        message=f'the step "{name}" of type "{type_name}" makes no image',
        span=span,
        help="name a build or push step, or an image",
        related=(Related(message="it is here", span=step),),
        facts={"step": name},
    )


def bad_tag(tag: str, span: Span) -> Diagnostic:
    """A tag that Docker refuses."""
    return Diagnostic(
        code="FR133",
        message=f'"{tag}" is no legal tag',
        span=span,
        help="use at most 128 letters, digits, `_`, `.` or `-`, beginning with neither of the last "
        "two",
        facts={"tag": tag},
    )


def conflict(message: str, span: Span, help: str = "") -> Diagnostic:
    """Keys that cannot go together."""
    return Diagnostic(code="FR134", message=message, span=span, help=help)


def upper_case_image_name(name: str, suggestion: str, span: Span) -> Diagnostic:
    """An image name with upper-case letters, which Docker refuses."""
    return Diagnostic(
        code="FR135",
        severity=Severity.WARNING,
        message=f'"image_name" should be in lowercase: "{name}"',
        span=span,
        help=f'write "{suggestion}"',
        facts={"image_name": name, "suggestion": suggestion},
    )


def mixed_candidate(span: Span) -> Diagnostic:
    """A candidate that is part step and part text."""
    return Diagnostic(
        code="FR136",
        message="the image of a step cannot have text around it",
        span=span,
        help="write `candidate: ${{step}}`, and the tag in `tag`",
    )


def ignored_time_limit(text: str, span: Span) -> Diagnostic:
    """A time limit that cannot be read."""
    return Diagnostic(
        code="FR137",
        severity=Severity.WARNING,
        message=f'the timeout "{text}" is ignored',
        span=span,
        help="write a number and `s`, `m` or `h`, as in `90s`",
        facts={"timeout": text},
    )


def clamped_retry(key: str, value: float, limit: float, span: Span) -> Diagnostic:
    """A number of `retry` outside its range."""
    return Diagnostic(
        code="FR138",
        severity=Severity.WARNING,
        message=f'"{key}" is {value:g}; {limit:g} is used',
        span=span,
        facts={"key": key},
    )


def both_tag_and_tags(span: Span, help: str) -> Diagnostic:
    """`tag` and `tags` on a push step, where the language means one of the two."""
    return Diagnostic(
        code="FR139",
        severity=Severity.WARNING,
        message='"tag" stands beside "tags"',
        span=span,
        help=help,
    )


def key_without_effect(key: str, span: Span, known: Collection[str]) -> Diagnostic:
    """A key of a pipeline resource that says nothing about the pipeline itself."""
    near = nearest(key, known)
    return Diagnostic(
        code="FR141",
        severity=Severity.WARNING,
        message=f'"{key}" has no effect here: only the pipeline in "spec" is read',
        span=span,
        help=f'did you mean "{near}"?' if near else "",
        facts={"key": key, **({"suggestion": near} if near else {})},
    )


def registry_fault(
    code: int,
    message: str,
    help: str,
    span: Span,
    facts: Mapping[str, str],
    severity: Severity = Severity.ERROR,
) -> Diagnostic:
    """What the registry service has to say about a step."""
    return Diagnostic(
        code=f"FR{code or 299}",
        severity=severity,
        message=message,
        help=help,
        span=span,
        facts=facts,
    )


def image_stays(message: str, span: Span) -> Diagnostic:
    """A build step whose image is pushed nowhere, though it does not say so."""
    return Diagnostic(
        code="FR205",
        severity=Severity.NOTE,
        message=message,
        span=span,
        help="`freshet registry add` connects a registry; `disable_push: true` says it is meant so",
    )


def nearest(word: str, known: Collection[str]) -> str:
    """Return the known word most like `word`; empty when none is."""
    if len(known) > _MAX_KNOWN:
        return ""
    from difflib import get_close_matches  # a check that finds nothing need not wait for it

    return next(iter(get_close_matches(word[:200], list(known), n=1, cutoff=0.7)), "")
