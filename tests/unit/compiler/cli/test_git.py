"""Facts of a real Git work tree."""

import subprocess
from pathlib import Path

import pytest

from compiler.cli.git import parse_remote, read_checkout


def git(directory: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.test"]
    done = subprocess.run(
        ["git", "-C", str(directory), *identity, *arguments],
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    directory = tmp_path / "app"
    directory.mkdir()
    git(directory, "init", "--initial-branch", "feature/a")
    git(directory, "remote", "add", "origin", "git@github.com:acme/tools/app.git")
    git(directory, "commit", "--allow-empty", "--message", 'say "hi"\n\nand more')
    return directory


def test_facts_of_a_commit(repository: Path) -> None:
    variables = read_checkout(repository).variables

    revision = git(repository, "rev-parse", "HEAD")
    assert variables["CF_REPO_OWNER"] == "acme/tools"
    assert variables["CF_REPO_NAME"] == "app"
    assert variables["CF_BRANCH"] == "feature/a"
    assert variables["CF_BRANCH_TAG_NORMALIZED"] == "feature_a"
    assert variables["CF_REVISION"] == revision
    assert variables["CF_SHORT_REVISION"] == revision[:7]
    assert variables["CF_COMMIT_AUTHOR"] == "Ann"
    assert variables["CF_COMMIT_MESSAGE"] == 'say \\"hi\\"\n\nand more'
    assert variables["CF_COMMIT_URL"] == f"https://github.com/acme/tools/app/commit/{revision}"


def test_detached_head_on_a_tag_is_that_tag(repository: Path) -> None:
    git(repository, "tag", "v1.2")
    git(repository, "checkout", "--detach")

    assert read_checkout(repository).variables["CF_BRANCH"] == "v1.2"


def test_detached_head_on_one_branch_is_that_branch(repository: Path) -> None:
    git(repository, "checkout", "--detach")

    assert read_checkout(repository).variables["CF_BRANCH"] == "feature/a"


def test_unknown_branch_is_not_defined_and_told(repository: Path) -> None:
    git(repository, "branch", "other")
    git(repository, "checkout", "--detach")

    checkout = read_checkout(repository)

    assert "CF_BRANCH" not in checkout.variables
    assert "--branch" in checkout.warnings[0]


def test_branch_of_the_user_wins(repository: Path) -> None:
    assert read_checkout(repository, "main").variables["CF_BRANCH"] == "main"


def test_directory_without_git_has_a_name_and_nothing_else(tmp_path: Path) -> None:
    checkout = read_checkout(tmp_path)

    assert checkout.variables == {"CF_REPO_NAME": tmp_path.name}


def test_repository_without_commit_has_no_revision(tmp_path: Path) -> None:
    git(tmp_path, "init", "--initial-branch", "main")

    variables = read_checkout(tmp_path).variables

    assert variables["CF_BRANCH"] == "main"
    assert "CF_REVISION" not in variables


@pytest.mark.parametrize(
    ("url", "host", "owner", "name"),
    [
        ("https://github.com/acme/app.git", "github.com", "acme", "app"),
        ("https://user:token@gitlab.com/a/b/c", "gitlab.com", "a/b", "c"),
        ("ssh://git@bitbucket.org:22/acme/app.git", "bitbucket.org", "acme", "app"),
        ("git@github.com:acme/app.git", "github.com", "acme", "app"),
        ("/srv/git/app.git", "", "", "app"),
        ("../app", "", "", "app"),
    ],
)
def test_remote_is_read_in_every_form(url: str, host: str, owner: str, name: str) -> None:
    remote = parse_remote(url)

    assert (remote.host, remote.owner, remote.name) == (host, owner, name)


def test_commit_of_an_event_is_asked_of_git(repository: Path) -> None:
    first = git(repository, "rev-parse", "HEAD")
    git(repository, "commit", "--allow-empty", "--message", "second")

    variables = read_checkout(repository, revision=first).variables

    assert variables["CF_REVISION"] == first
    assert variables["CF_COMMIT_MESSAGE"].startswith("say")


@pytest.mark.parametrize("revision", ["0" * 40, "--all", "feature/a", "HEAD "])
def test_nothing_is_told_of_a_commit_that_is_not_there(repository: Path, revision: str) -> None:
    variables = read_checkout(repository, revision=revision).variables

    assert not {"CF_REVISION", "CF_COMMIT_MESSAGE", "CF_COMMIT_AUTHOR"} & set(variables)
