"""Which images a build asks registries for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_service.dockerfile import base_images


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("FROM a.test/x:1\n", {"a.test/x:1"}),
        (
            "from a.test/x:1 as one\nFROM b.test/y\nCOPY --from=one /a /a\n",
            {"a.test/x:1", "b.test/y"},
        ),
        ("FROM a.test/unused AS one\nFROM b.test/y\n", {"b.test/y"}),
        ("FROM a.test/x AS One\nFROM one\n", {"a.test/x"}),
        ("FROM a.test/x\nFROM scratch\nCOPY --from=0 / /\n", {"a.test/x"}),
        ("FROM scratch\n", set()),
        ("FROM --platform=linux/arm64 a.test/x\n", {"a.test/x"}),
        ("FROM scratch\nCOPY --chown=1 --from=a.test/x@sha256:1 / /\n", {"a.test/x@sha256:1"}),
        ("FROM x\nRUN --mount=type=bind,from=a.test/tools,target=/t true\n", {"x", "a.test/tools"}),
        ("# a comment\nFROM \\\n  # another\n  a.test/x \\\n  AS one\n", {"a.test/x"}),
        ("# escape=`\nFROM `\n  a.test/x\n", {"a.test/x"}),
        ("ARG TAG=1\nFROM a.test/x:$TAG\n", {"a.test/x:1"}),
        ('ARG TAG="1"\nFROM a.test/x:${TAG}\n', {"a.test/x:1"}),
        ("ARG A=x\nARG B=${A}y\nFROM a.test/$B\n", {"a.test/xy"}),
        ("ARG GIVEN=1\nFROM a.test/x:${GIVEN}\n", {"a.test/x:given"}),
        ("FROM a.test/x:${UNKNOWN:-2}\n", {"a.test/x:2"}),
        ("FROM a.test/x:1${GIVEN:+-alpine}\n", {"a.test/x:1"}),
        ("ARG GIVEN\nFROM a.test/x:1${GIVEN:+-alpine}\n", {"a.test/x:1-alpine"}),
        ("FROM a.test/x-${TARGETARCH}\n", set()),
        ("", set()),
        ("FROM\n", set()),
    ],
)
def test_images_are_found(text: str, images: set[str]) -> None:
    assert base_images(text, {"GIVEN": "given"}) == images


@pytest.mark.parametrize("target", ["one", "ONE", "0"])
def test_only_what_the_target_needs_is_asked_for(target: str) -> None:
    text = "FROM a.test/x AS one\nFROM b.test/y AS two\n"

    assert base_images(text, {}, target) == {"a.test/x"}


@given(st.text(st.sampled_from("FROM AS\\`#\n$ {}:-+x1=scratchARGCOPY--from")))
def test_any_text_has_an_answer(text: str) -> None:
    base_images(f"FROM {text}", {"x": "1"})
