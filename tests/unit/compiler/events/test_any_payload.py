"""Whatever a payload holds, it sets variables or is refused."""

from hypothesis import given
from hypothesis import strategies as st

from compiler.events import UnusableEvent, variables_of

FORMS = [
    "variables",
    "object_kind",
    "pull_request",
    "issue",
    "comment",
    "release",
    "ref",
    "after",
    "pullrequest",
    "push",
    "type",
    "change",
    "push_data",
    "events",
    "action",
    "target",
    "updated_tags",
]
INSIDE = ["head", "id", "labels", "changes", "new", "name", "pushed_at", "tag", "repository"]
WORDS = st.sampled_from([*FORMS, *INSIDE, "push", "merge_request", "0" * 40])
TEXTS = st.text("a= \0\n\ud800é", max_size=3)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | WORDS
VALUES = st.recursive(
    SCALARS, lambda each: st.lists(each, max_size=3) | st.dictionaries(WORDS, each, max_size=5)
)


@given(st.dictionaries(WORDS, VALUES, max_size=6))
def test_any_payload_sets_text_or_is_refused(payload: dict[str, object]) -> None:
    try:
        variables = variables_of(payload)
    except UnusableEvent as error:
        assert str(error)
    else:
        assert all(type(value) is str for value in variables.values())
