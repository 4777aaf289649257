"""Where the parts of a plan came from."""

import hashlib

from compiler import compile_pipeline
from freshet.plan.v1.source_map_pb2 import SourceLocation, Span


def test_the_checksum_is_that_of_the_bytes_of_the_file() -> None:
    content = b"\xef\xbb\xbfversion: '1.0'\r\nsteps: {}\r\n"

    plan = compile_pipeline(content, path="ci/codefresh.yml").plan

    assert plan is not None
    (file,) = plan.source_map.files
    assert file.path == "ci/codefresh.yml"
    assert file.sha256_hex == hashlib.sha256(content).hexdigest()


def test_steps_fields_and_operations_have_places_key_included() -> None:
    content = b"""\
version: '1.0'
steps:
  image:
    type: build
    image_name: app
    tags: [a, b]
    dockerfile: {content: FROM scratch}
    arguments:
      registry: main
"""

    plan = compile_pipeline(content).plan

    assert plan is not None
    assert [(*_key(each), _place(each.span)) for each in plan.source_map.locations] == [
        (None, "", ((3, 3), (9, 21))),
        (None, "dockerfile", ((7, 5), (7, 40))),
        (None, "image_name", ((5, 5), (5, 20))),
        (None, "registry", ((9, 7), (9, 21))),
        (None, "tags", ((6, 5), (6, 17))),
        (0, "", ((7, 5), (7, 40))),
        (1, "", ((9, 7), (9, 21))),
    ]


def test_operation_without_a_field_of_its_own_has_the_place_of_its_step() -> None:
    content = b"version: '1.0'\nsteps:\n  image: {type: build, image_name: app}\n"

    plan = compile_pipeline(content).plan

    assert plan is not None
    places = [_place(each.span) for each in plan.source_map.locations if _key(each)[1] == ""]
    assert places == [((3, 3), (3, 40))] * 3


def test_an_alias_is_where_it_stands_not_where_its_anchor_does() -> None:
    content = (
        b"version: '1.0'\nindicators: [&name app, &step {type: build, image_name: x}]\n"
        b"steps:\n  a: {type: build, image_name: *name}\n  b: *step\n"
    )

    plan = compile_pipeline(content).plan

    assert plan is not None
    places = {(e.node_id, e.field): _place(e.span) for e in plan.source_map.locations}
    assert places["a", "image_name"] == ((4, 20), (4, 30))
    assert places["b", ""] == ((5, 3), (5, 4))


def _key(location: SourceLocation) -> tuple[int | None, str]:
    with_index = location.HasField("operation_index")
    return location.operation_index if with_index else None, location.field


def _place(span: Span) -> tuple[tuple[int, int], tuple[int, int]]:
    return (span.start.line, span.start.column), (span.end.line, span.end.column)
