"""Variables of the payloads that webhooks deliver.

A case is a payload, `NAME.json`, and what it sets, `NAME.variables.json`.
"""

import json
from pathlib import Path

import pytest

from compiler.events import MOST_BYTES, UnusableEvent, read_event, variables_of
from compiler.language.variables import SYSTEM_VARIABLES

CASES = Path(__file__).with_name("cases")
NAMES = sorted(path.stem for path in CASES.glob("*.json") if "." not in path.stem)
ZEROS = "0" * 40


@pytest.mark.parametrize("name", NAMES)
def test_payload_sets_the_variables_of_the_platform(name: str) -> None:
    expected = json.loads((CASES / f"{name}.variables.json").read_bytes())

    assert read_event((CASES / f"{name}.json").read_bytes()) == expected


def test_every_variable_of_events_is_set_by_a_case() -> None:
    told = {key for name in NAMES for key in read_event((CASES / f"{name}.json").read_bytes())}

    prefixes = ("CF_PULL_REQUEST_", "CF_RELEASE_", "CF_PRERELEASE_", "CF_GERRIT_", "EVENT_")
    assert {name for name in SYSTEM_VARIABLES if name.startswith(prefixes)} <= told


def test_payload_of_an_image_is_kept_whole() -> None:
    payload = json.loads((CASES / "docker_hub_push.json").read_bytes())

    assert json.loads(variables_of(payload)["EVENT_PAYLOAD"]) == payload


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({"ref": "refs/heads/old", "after": ZEROS, "deleted": True}, 'the branch "old" was del'),
        ({"ref": "refs/tags/v1", "after": ZEROS, "deleted": True}, 'the tag "v1" was deleted'),
        (
            {"object_kind": "push", "ref": "refs/heads/old", "after": ZEROS, "checkout_sha": None},
            'the branch "old" was deleted',
        ),
        (
            {"push": {"changes": [{"old": {"name": "old"}, "new": None}]}},
            '"old" was deleted',
        ),
        ({"issue": {"number": 1}, "comment": {"body": "x"}}, "an issue that is no pull request"),
        ({"object_kind": "pipeline"}, 'GitLab\'s "pipeline"'),
        ({"object_kind": "note", "issue": {}}, 'GitLab\'s "note"'),
        ({"events": [{"action": "push", "target": {"repository": "a"}}]}, "no push of a tagged"),
        ({"action": "delete", "target": {"tag": "1"}}, "no push of a tagged"),
    ],
)
def test_event_that_starts_no_build_is_refused(payload: object, said: str) -> None:
    with pytest.raises(UnusableEvent, match=said):
        variables_of(payload)


@pytest.mark.parametrize("payload", [{}, {"zen": "x", "hook": {}}, [], "text", 1, None, True])
def test_payload_of_no_known_form_is_told_what_was_looked_for(payload: object) -> None:
    with pytest.raises(UnusableEvent) as caught:
        variables_of(payload)

    assert "`pull_request` (GitHub pull request)" in caught.value.help
    assert '{"variables": {"NAME": "value"}}' in caught.value.help


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({"pull_request": []}, '"pull_request" must be an object, not a list'),
        (
            {"pull_request": {"head": {"ref": 1.5}}},
            '"pull_request.head.ref" must be text, not a number',
        ),
        ({"pull_request": {"labels": {}}}, '"pull_request.labels" must be a list, not an object'),
        (
            {"pull_request": {"labels": [{"name": "a"}, "b"]}},
            r'"pull_request.labels\[1\]" must be an object, not text',
        ),
        ({"pull_request": {"title": {}}}, '"pull_request.title" must be text, not an object'),
        ({"release": {"prerelease": "no"}}, '"release.prerelease" must be true or false, not text'),
        ({"object_kind": True}, '"object_kind" must be text, not true or false'),
        ({"push_data": {"pushed_at": "now"}}, '"push_data.pushed_at" must be a number, not text'),
        ({"push_data": {"pushed_at": 1e300}}, '"push_data.pushed_at" is no time'),
        ({"updated_tags": [["a"]]}, r'"updated_tags\[0\]" must be text, not a list'),
        ({"variables": {"A": {}}}, '"variables.A" must be text, not an object'),
        ({"variables": {"A=B": ""}}, '"variables.A=B" is no name'),
        ({"variables": {"A": "\0"}}, 'value of "A" has a character NUL'),
        ({"variables": {"A": "\ud800"}}, 'value of "A" is no text'),
        ({"variables": {"A": "x" * 131_070}}, '"A" would be longer than 128 KiB'),
    ],
)
def test_wrong_part_is_told_with_its_place(payload: object, said: str) -> None:
    with pytest.raises(UnusableEvent, match=said):
        variables_of(payload)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON: line 1, column 1"),
        (b'{\n  "a": }', "not JSON: line 2, column 8"),
        (b'{"variables": {"A": NaN}}', "not JSON: NaN"),
        (b'{"a": "\xff"}', "not UTF-8: byte 7"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"variables": {"A": ' + b"9" * 5000 + b"}}", "number that is too long"),
        (b" " * (MOST_BYTES + 1), "larger than 25 MiB"),
    ],
    ids=["empty", "syntax", "constant", "bytes", "depth", "digits", "size"],
)
def test_content_that_is_no_json_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(UnusableEvent, match=said):
        read_event(content)


def test_mark_of_byte_order_is_no_part_of_the_payload() -> None:
    assert read_event(b'\xef\xbb\xbf{"variables": {"A": "1"}}')["A"] == "1"


def test_longest_variable_is_taken() -> None:
    assert len(variables_of({"variables": {"A": "x" * 131_069}})["A"]) == 131_069
