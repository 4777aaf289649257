"""Where Dockerfile and ignore rules come from."""

from pathlib import Path

import pytest

from runner_service.daemon import (
    ContextUnreadable,
    Dockerfile,
    DockerfileNotFound,
    DockerfilePath,
    InlineDockerfile,
)
from runner_service.daemon.buildkit.context import ContextDirectory
from runner_service.daemon.buildkit.recipe import Recipe, read_recipe


def _read(root: Path, dockerfile: Dockerfile) -> Recipe:
    return read_recipe(ContextDirectory(root), dockerfile)


def _at(path: str | Path) -> DockerfilePath:
    return DockerfilePath(path=Path(path))


def _ignores(recipe: Recipe, path: str) -> bool:
    return recipe.rules.judge(path, recipe.rules.outset).ignored


def test_dockerfile_inside_may_be_a_link_that_stays_inside(tmp_path: Path) -> None:
    tmp_path.joinpath("deploy").mkdir()
    tmp_path.joinpath("deploy/prod").write_text("FROM a")
    tmp_path.joinpath("Dockerfile").symlink_to("deploy/prod")

    recipe = _read(tmp_path, _at("Dockerfile"))

    assert (recipe.name, recipe.text) == ("Dockerfile", b"FROM a")


@pytest.mark.parametrize("path", ["link", "../secret", "absent", "folder"])
def test_dockerfile_must_be_a_file_inside(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    root.joinpath("folder").mkdir(parents=True)
    tmp_path.joinpath("secret").write_text("TOP SECRET")
    root.joinpath("link").symlink_to(tmp_path / "secret")

    with pytest.raises(DockerfileNotFound) as failure:
        _read(root, _at(path))

    assert failure.value.path == Path(path)
    assert failure.value.directory == root


def test_rules_beside_an_absolute_dockerfile_take_the_place_of_those_of_the_context(
    tmp_path: Path,
) -> None:
    """So does Docker, wherever the Dockerfile lies."""
    root = tmp_path / "root"
    root.mkdir()
    root.joinpath(".dockerignore").write_text("a")
    tmp_path.joinpath("Other").write_text("FROM b")
    tmp_path.joinpath("Other.dockerignore").write_text("b")

    recipe = _read(root, _at(tmp_path / "Other"))

    assert [_ignores(recipe, path) for path in ("a", "b")] == [False, True]


def test_rules_beside_an_absolute_dockerfile_must_be_readable(tmp_path: Path) -> None:
    tmp_path.joinpath("Other").write_text("FROM b")
    tmp_path.joinpath("Other.dockerignore").mkdir()

    with pytest.raises(ContextUnreadable, match=r"Other\.dockerignore"):
        _read(tmp_path, _at(tmp_path / "Other"))


def test_absolute_dockerfile_may_lie_anywhere(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    tmp_path.joinpath("Other").write_text("FROM b")

    recipe = _read(root, _at(tmp_path / "Other"))

    assert (recipe.name, recipe.text) == ("Other", b"FROM b")


def test_absent_absolute_dockerfile_is_named(tmp_path: Path) -> None:
    with pytest.raises(DockerfileNotFound, match="no such file"):
        _read(tmp_path, _at(tmp_path / "absent"))


def test_rules_beside_the_dockerfile_replace_the_common_ones(tmp_path: Path) -> None:
    tmp_path.joinpath("deploy").mkdir()
    tmp_path.joinpath("deploy/prod").write_text("FROM a")
    tmp_path.joinpath("deploy/prod.dockerignore").write_text("own")
    tmp_path.joinpath(".dockerignore").write_text("common")

    recipe = _read(tmp_path, _at("deploy/prod"))

    assert _ignores(recipe, "own")
    assert not _ignores(recipe, "common")


def test_common_rules_serve_every_other_dockerfile(tmp_path: Path) -> None:
    tmp_path.joinpath("Dockerfile").write_text("FROM a")
    tmp_path.joinpath(".dockerignore").write_text("common")

    for dockerfile in (_at("Dockerfile"), InlineDockerfile(text="FROM a")):
        assert _ignores(_read(tmp_path, dockerfile), "common")


@pytest.mark.parametrize("text", ["[z-a]", None], ids=["senseless", "a folder"])
def test_unusable_rules_are_named(tmp_path: Path, text: str | None) -> None:
    rules = tmp_path / ".dockerignore"
    rules.write_text(text) if text else rules.mkdir()

    with pytest.raises(ContextUnreadable) as failure:
        _read(tmp_path, InlineDockerfile(text="FROM a"))

    assert failure.value.path == ".dockerignore"
