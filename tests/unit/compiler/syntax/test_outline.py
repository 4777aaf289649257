"""Outlines of texts, whole and half written. A cursor is marked by `¦`."""

import pytest

from compiler.syntax.outline import Item, Role, hole_at
from compiler.syntax.outline_reader import locate, read_outline


def _shown(item: Item) -> str:
    """Return an item and what is in it on one line: keys, texts, and lists in brackets."""
    name = "-" if item.listed else item.key
    inner = ", ".join(_shown(child) for child in item.children)
    return f"{name}({inner})" if inner else f"{name}={item.text}"


_OUTLINES = {
    "": "=",
    "a: 1": "(a=1)",
    "a: 1 # why\nb: 'x # y'": "(a=1, b=x # y)",
    "a:\n  b: c\n  d:\ne: f": "(a(b=c, d=), e=f)",
    "a:\n- b\n- c: d\n  e: f\ng:": "(a(-=b, -(c=d, e=f)), g=)",
    "a:\n  - b\n  -\n  - c": "(a(-=b, -=, -=c))",
    "- - a\n  - b": "(-(-=a, -=b))",
    "a: |\n  b: c\n\n  d\ne: f": "(a=, e=f)",
    "a: >-\n  # b\nc: d": "(a=, c=d)",
    "- |\n  a: b\n- c": "(-=, -=c)",
    "a: b\n  c\nd: e": "(a=b, d=e)",
    "a: b\n  c: d": "(a(c=d))",
    'a: "b\n  c: d"\ne: f': "(a=b, e=f)",
    "\"a b\": c\n'd': e": "(a b=c, d=e)",
    "${{x.y}}: [a]": "(${{x.y}}(-=a))",
    "a: {b: c, d: [e, {f: g}]}": "(a(b=c, d(-=e, -(f=g))))",
    "a: [\n  b,\n  c\n]\nd: e": "(a(-=b, -=c), d=e)",
    "a: {b: c d, e}": "(a(b=c d, e=))",
    'a: ["b, c", ${{x}}-y]': "(a(-=b, c, -=${{x}}-y))",
    "a: [b, c\nd: e": "(a(-=b, -=c), d=e)",
    "a: &x\n  b: c\nd: *x": "(a(b=c), d=*x)",
    "a:\n  b\n  c: d": "(a(=b, c=d))",
    "---\na: b\n...": "(a=b)",
    "a: http://b:80/c": "(a=http://b:80/c)",
    "a:\r\n  b: c\r\n": "(a(b=c))",
    "a: 'b": "(a=b)",
}


@pytest.mark.parametrize(("text", "expected"), _OUTLINES.items(), ids=range(len(_OUTLINES)))
def test_outline(text: str, expected: str) -> None:
    assert _shown(read_outline(text).root) == expected


_KEY, _VALUE, _TEXT, _NOTHING = Role.KEY, Role.VALUE, Role.TEXT, Role.NOTHING
_CURSORS = [
    ("¦", _KEY, "", ""),
    ("ver¦", _KEY, "", "ver"),
    ("a: 1\n¦\nb: 2", _KEY, "", ""),
    ("version:¦", _NOTHING, "version", ""),
    ("version: ¦", _VALUE, "version", ""),
    ("version: 1¦", _VALUE, "version", "1"),
    ("version: '1¦'", _VALUE, "version", "1"),
    ("steps:\n  a:\n    ¦", _KEY, "steps a", ""),
    ("steps:\n  a:\n    b: c\n  ¦", _KEY, "steps", ""),
    ("steps:\n  a:\n    im¦age: x\n    tag: y", _KEY, "steps a", "image"),
    ("steps:\n  a:\n    type:\n      bu¦", _KEY, "steps a type", "bu"),
    ("steps:\n  a:\n    commands:\n    - ¦", _KEY, "steps a commands -", ""),
    ("steps:\n  a:\n    commands:\n    -¦", _NOTHING, "steps a commands -", ""),
    ("steps:\n  a:\n    commands:\n    - ec¦", _KEY, "steps a commands -", "ec"),
    ("a:\n  - name: ¦", _VALUE, "a - name", ""),
    ("a:\n  - name: x\n    ¦", _KEY, "a -", ""),
    ("a: {type: bu¦ild, tag: x}", _VALUE, "a type", "build"),
    ("a: {type: build, ¦}", _KEY, "a", ""),
    ("a: {type: build, ta¦", _KEY, "a", "ta"),
    ("a: [succ¦", _KEY, "a -", "succ"),
    ("a: [b, ¦]", _KEY, "a -", ""),
    ("a: [b, {c: ¦", _VALUE, "a - c", ""),
    ("a: |\n  foo ¦", _TEXT, "a", ""),
    ("a: |\n  foo\n  ¦", _TEXT, "a", ""),
    ("a: |\n  # ¦", _TEXT, "a", ""),
    ("a: |\n  foo\n¦", _KEY, "", ""),
    ("a: # ¦", _NOTHING, "", ""),
    ("# ¦", _NOTHING, "", ""),
]


@pytest.mark.parametrize(("marked", "role", "path", "word"), _CURSORS)
def test_cursor(marked: str, role: Role, path: str, word: str) -> None:
    offset = marked.index("¦")
    text = marked.replace("¦", "")

    cursor = locate(read_outline(text), offset)

    names = ["-" if item.listed else item.key for item in cursor.path[1:]]
    assert (cursor.role, " ".join(names)) == (role, path)
    assert text[cursor.start : cursor.end] == word


_MERGES = {
    "an alias": "a: &x {k: v}\nb: *x",
    "a merge": "a: &x\n  k: v\nb:\n  <<: *x",
    "a list of merges": "a: &x {k: v}\nc: &y {z: 1}\nb:\n  <<: [*y, *x]",
    "a merge of a merge": "a: &x {k: v}\nc: &y\n  <<: *x\nb:\n  <<: *y",
}


@pytest.mark.parametrize("text", _MERGES.values(), ids=_MERGES.keys())
def test_keys_come_by(text: str) -> None:
    step = read_outline(text).root.get("b")

    assert step
    assert step.text_of("k") == "v"


def test_a_merge_of_itself_ends() -> None:
    step = read_outline("a: &x\n  <<: *x\n  b: c").root.get("a")

    assert step
    assert step.get("d") is None


_HOLES = [
    ("a: ${{¦", "", False),
    ("a: ${{ste¦", "ste", False),
    ("a: ${{steps.b¦uild.x}} c", "steps.build.x", True),
    ("a: ${{b}} ${{c¦}}", "c", True),
    ("a: '${{b¦'", "b", False),
]


@pytest.mark.parametrize(("marked", "inside", "closed"), _HOLES)
def test_hole_at_the_cursor(marked: str, inside: str, closed: bool) -> None:
    text = marked.replace("¦", "")

    hole = hole_at(text, marked.index("¦"))

    assert hole
    assert (text[hole.start : hole.end], hole.closed) == (inside, closed)


@pytest.mark.parametrize("marked", ["a: ¦", "a: ${{b}}¦", "a: ${¦", "a: ${{b\nc¦"])
def test_no_hole_at_the_cursor(marked: str) -> None:
    assert hole_at(marked.replace("¦", ""), marked.index("¦")) is None


@pytest.mark.parametrize(
    "text",
    [
        "- " * 50_000,
        "a: " + "[" * 50_000,
        "a: " + "{a: " * 50_000,
        "".join(f"{' ' * depth}a:\n" for depth in range(1000)),
        "a: " + " " * 100_000 + "#",
        "a: " + "${{" * 50_000,
        "a: " + "&b " * 50_000,
        "a: '" + "''" * 50_000,
        "a: [" + ", ".join(["*x"] * 50_000),
        "\ud800: \x00",
    ],
    ids=range(10),
)
def test_any_text_has_an_outline(text: str) -> None:
    outline = read_outline(text)

    assert locate(outline, len(text)).path[0] is outline.root
