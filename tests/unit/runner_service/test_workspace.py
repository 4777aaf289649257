"""Paths of a pipeline stay inside the workspace."""

from pathlib import Path

import pytest

from runner_service.errors import StepFailed
from runner_service.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    main = tmp_path / "app"
    (main / "sub").mkdir(parents=True)
    (tmp_path / "secret").write_text("hunter2")
    (main / "out").symlink_to(tmp_path)
    return Workspace(main)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", "."),
        (".", "."),
        ("./", "."),
        ("sub", "sub"),
        ("sub/..", "."),
        ("absent/file", "absent/file"),
        ("/codefresh/volume", "."),
        ("/codefresh/volume/app", "."),
        ("/codefresh/volume/app/sub", "sub"),
    ],
)
def test_path_inside_is_found(workspace: Workspace, path: str, expected: str) -> None:
    assert workspace.locate(path, "dockerfile") == (workspace.main_directory / expected).resolve()


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../secret",
        "sub/../../secret",
        "out",
        "out/secret",
        "/etc/passwd",
        "/codefresh/volume/other",
        "/codefresh/volume/app/../../../etc",
        "/codefresh/volume/..",
    ],
)
def test_path_that_leads_out_is_refused(workspace: Workspace, path: str) -> None:
    with pytest.raises(StepFailed, match="leads out") as raised:
        workspace.locate(path, "dockerfile")

    assert raised.value.reason == "PATH_OUTSIDE_WORKSPACE"


def test_relative_path_begins_at_the_base(workspace: Workspace) -> None:
    base = workspace.locate("sub", "working_directory")

    assert workspace.locate("../sub/Dockerfile", "dockerfile", base) == base / "Dockerfile"
    assert workspace.shown(base) == "/codefresh/volume/app/sub"
