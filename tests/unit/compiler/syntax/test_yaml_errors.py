"""Each thing that is no YAML is told at its own place, in plain words and with what to do."""

import pytest

from compiler.diagnostics import Diagnostic, Findings
from compiler.source import Source
from compiler.syntax.yaml_reader import read_yaml

_CASES = [
    # A colon
    ("version: '1.0'\nsteps\n  a: {}\n", "steps", 'a ":" is missing after this key', "`steps:`"),
    ("a:\n  type build\n  b: c\n", "type build", 'a ":" is missing', "`type: build`"),
    ("a:\n  b: c\n  type build\n  d: e\n", "type build", 'a ":" is missing', "`type: build`"),
    ("type:build\nb: c\n", "type:build", 'a blank is missing after the ":"', "`type: build`"),
    ("title: Build: it\n", "Build: it", 'a second ": "', "`'Build: it'`"),
    ("- b: c: d\n", "c: d", 'a second ": "', "`'c: d'`"),
    (f"{'x' * 2000}: 1\n", "x" * 1000, "this key is too long", "1024"),
    # Indentation
    ("a: b\n c: d\n", "c: d", "this line is indented deeper", "indent both alike"),
    ("a:\n    b: c\n  d: e\n", "d: e", "the indentation of this line", "0 or 4 blanks"),
    (" a: b\nc: d\n", "c: d", "the document has ended", "first column"),
    ("a:\n  - x\n - y\n", "- y", "this item belongs to no list", "as the other items"),
    ("a:\n  - x\n  y: z\n", "y: z", "an item of the list above", "`- `"),
    ("a: |\n    x\n  y\n", "y", "the indentation of this line", "as the first line of the text"),
    ("a: - x\n", "- x", "a list cannot begin in the line of its key", "`[a, b]`"),
    # Tabs
    ("a:\n\tb: c\n", "\t", "this line is indented with a tab", "blanks"),
    ("a:\n\t\n\tb: c\n", "\t", "this line is indented with a tab", "blanks"),
    ("a:\n  \tb: c\n", "\t", "this line is indented with a tab", "blanks"),
    ("a: b\n\tc: d\n", "\t", "this line is indented with a tab", "blanks"),
    ("a: |\n\tb\n", "\t", "this line is indented with a tab", "blanks"),
    # Quotes
    ("a: 'b\nc: d\n", "'", "this quote is never closed", "`'`"),
    ('a: "b\nc: d\n', '"', "this quote is never closed", '`"`'),
    ("a: 'b\nc: 'd'\n", "'", "this quote is closed only some lines below", "where its text ends"),
    ("a: 'don't do it'\n", "t do it'", "this stands behind a closing quote", "`''`"),
    ('a: "b" == "c"\n', '== "c"', "this stands behind a closing quote", '`\'"b" == "c"\'`'),
    ("a: 'b' == 'c'\n", "== 'c'", "this stands behind a closing quote", "`\"'b' == 'c'\"`"),
    ("a: b\n'c\nd': e\n", "'c", "this is neither a key nor a value", "close the quote"),
    ('a: "\\d+"\n', "\\d", '"\\d" means nothing', "`\\\\d`"),
    # Signs
    ("a: @me\n", "@", 'no value can begin with "@"', "`'@me'`"),
    ("a: `b` # why\n", "`", 'no value can begin with "`"', "`'`b`'`"),
    ("a: %b\n", "%", 'no value can begin with "%"', "`'%b'`"),
    ("a: ? b\n", "?", 'no value can begin with "?"', "`'? b'`"),
    ("%a\n", "%a", "a `%` at the beginning", "in quotes"),
    ("a: *.js\n", "*.js", '"*" begins an alias', "`'*.js'`"),
    ("a: & b\n", "& b", '"&" begins an anchor', "`'& b'`"),
    ("a: !{b\n", "!{b", '"!" begins a tag', "`'!{b'`"),
    ("a: | b\n", "| b", 'the text of "|" begins in the next line', "move it there"),
    # Brackets
    ("a: [b, c\nd: e\n", "[", 'this "[" is not closed', "`]`"),
    ("a: {b: c\nd: e\n", "{", 'this "{" is not closed', "`}`"),
    ("a: [b", "[", 'this "[" is not closed', "`]`"),
    ("a: [b]]\n", "]", 'this "]" closes nothing', "remove it"),
    ("a: [/[0-9]/]\n", "[", 'a "," or "]" is missing', "needs quotes"),
    ("a: {b: ${{c}}}\n", "${{c}}", "a variable inside of `{ }` needs quotes", "`'${{c}}'`"),
    ("a: [${{c}}]\n", "${{c}}", "a variable inside of `[ ]` needs quotes", "`'${{c}}'`"),
    # Others
    ("a: &b &c d\n", "&c d", "this belongs to nothing", "in quotes"),
    ("%YAML 3.0\n---\na: b\n", "", "this is no valid YAML: found incompatible", ""),
]


def mistake_in(text: str) -> Diagnostic:
    findings = Findings()
    read_yaml(Source("f.yml", text, text.encode()), findings)
    (mistake,) = findings.in_order()
    return mistake


def marked(text: str, mistake: Diagnostic) -> str:
    source = Source("f.yml", text, text.encode())
    return text[source.index(mistake.span.start) : source.index(mistake.span.end)]


@pytest.mark.parametrize(("text", "mark", "message", "help"), _CASES)
def test_mistake_has_its_place_and_says_what_to_do(
    text: str, mark: str, message: str, help: str
) -> None:
    mistake = mistake_in(text)

    assert mistake.code == "FR101"
    assert mistake.message.startswith(message)
    assert help in mistake.help
    assert marked(text, mistake) == mark


@pytest.mark.parametrize(
    "text", ["password: @hunter2\n", "token: a: b\n", "secret hunter2\na: b\n"]
)
def test_help_repeats_no_password(text: str) -> None:
    mistake = mistake_in(text)

    assert mistake.help
    assert "hunter2" not in mistake.help
    assert "a: b" not in mistake.help


def test_unknown_handle_of_a_tag_is_an_unknown_tag() -> None:
    assert mistake_in("a: !b!c d\n").code == "FR108"


def test_where_a_quote_was_closed_is_shown() -> None:
    mistake = mistake_in("a: 'b\nc: 'd'\n")

    (closing,) = mistake.related
    assert closing.span.start == (2, 4)
