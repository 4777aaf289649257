"""What is written is read back as the same values."""

from hypothesis import given
from hypothesis import strategies as st

from compiler.diagnostics import Findings
from compiler.source import Source
from compiler.syntax.nodes import value_of
from compiler.syntax.yaml_reader import read_yaml
from compiler.syntax.yaml_writer import write_yaml

_TRICKY = (
    "",
    "yes",
    "1.10",
    "1e5",
    "0o17",
    "0x1f",
    "null",
    "~",
    "- a",
    "a: b",
    "#",
    "<<",
    "a\nb\n",
)
_TEXTS = st.sampled_from(_TRICKY) | st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=20
)


@given(st.dictionaries(_TEXTS, st.booleans() | _TEXTS | st.lists(_TEXTS, max_size=3), max_size=4))
def test_any_value_is_read_back(value: dict[str, object]) -> None:
    text, findings = write_yaml(value), Findings()

    root = read_yaml(Source("x.yml", text, text.encode()), findings)

    assert not findings.in_order()
    assert root
    assert value_of(root) == value


def test_text_of_several_lines_is_written_as_it_stands() -> None:
    assert write_yaml({"ca": "one\ntwo\n"}) == "ca: |\n  one\n  two\n"
