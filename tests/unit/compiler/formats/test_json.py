"""Findings for programs."""

from compiler import check_pipeline
from compiler.formats.files import Unread
from compiler.formats.json import diagnostics_to_json


def test_every_finding_comes_with_its_place_and_facts() -> None:
    content = b"version: '1.0'\nsteps: {}\nstagse: []\n"

    found = diagnostics_to_json([check_pipeline(content, path="a.yml")])

    assert found == {
        "files": [
            {
                "path": "a.yml",
                "valid": False,
                "diagnostics": [
                    {
                        "code": "FR110",
                        "severity": "error",
                        "message": '"stagse" is not allowed in the pipeline',
                        "help": 'did you mean "stages"?',
                        "span": {
                            "start": {"line": 3, "column": 1},
                            "end": {"line": 3, "column": 7},
                        },
                        "related": [],
                        "facts": {
                            "key": "stagse",
                            "where": "the pipeline",
                            "suggestion": "stages",
                        },
                    }
                ],
            }
        ]
    }


def test_other_places_that_matter_stand_beside_a_finding() -> None:
    content = b"version: '1.0'\nsteps: {}\nsteps: {}\n"

    file = diagnostics_to_json([check_pipeline(content)])["files"][0]

    assert file["diagnostics"][0]["related"] == [
        {
            "message": "first defined here",
            "span": {"start": {"line": 2, "column": 1}, "end": {"line": 2, "column": 6}},
        }
    ]


def test_file_that_could_not_be_read_is_not_valid() -> None:
    found = diagnostics_to_json([Unread(path="gone.yml", problem="no such file")])

    assert found["files"] == [
        {"path": "gone.yml", "valid": False, "diagnostics": [], "error": "no such file"}
    ]
