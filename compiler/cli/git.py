"""Facts of the Git work tree that a pipeline reads as `CF_*` variables."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from compiler.language.revisions import branch_variables, commit_variables

_REVISION = re.compile(r"HEAD|[0-9a-f]{7,64}")
"""Of events too, whose senders must not reach other words of Git's command line."""
_SCP_FORM = re.compile(r"(?:[^@/]+@)?([^:/]+):(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Where a repository lives."""

    host: str
    """Empty for a path of this machine."""
    owner: str
    """Path of the repository without its last segment; may be empty."""
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A directory with the files of a pipeline, and what Git knows about it."""

    directory: Path
    """What the run works on, absolute."""
    variables: Mapping[str, str]
    warnings: tuple[str, ...] = ()


def work_tree_root(directory: Path) -> Path | None:
    """Return the root of the work tree that `directory` is in; None: it is in none."""
    root = _git(directory, "rev-parse", "--show-toplevel")
    return Path(root) if root else None


def read_checkout(directory: Path, branch: str | None = None, revision: str = "HEAD") -> Checkout:
    """Return what is known about `directory`.

    `branch` and `revision` are what others say that is built, instead of what is checked out; of a
    commit that the work tree does not know, nothing is told.
    """
    directory = directory.resolve()
    top = work_tree_root(directory)
    if top is None:
        named = branch_variables(branch) if branch else {}
        return Checkout(directory=directory, variables={"CF_REPO_NAME": directory.name, **named})
    url = _git(top, "config", "--get", "remote.origin.url")
    remote = parse_remote(url) if url else Remote(host="", owner="", name=top.name)
    branch = branch or _branch(top)
    variables = {"CF_REPO_NAME": remote.name}
    if remote.owner:
        variables["CF_REPO_OWNER"] = remote.owner
    variables |= _commit_variables(top, remote, revision)
    variables |= branch_variables(branch) if branch else {}
    warnings = () if branch else ("the branch is not known: HEAD is detached; give `--branch`",)
    return Checkout(directory=directory, variables=variables, warnings=warnings)


def parse_remote(url: str) -> Remote:
    """Return what a remote's address says: a URL, the form of scp, or a path."""
    parts = urlsplit(url)
    if parts.scheme and parts.netloc:
        host, path = parts.hostname or "", parts.path
    elif match := _SCP_FORM.fullmatch(url):
        host, path = match[1], match[2]
    else:
        return Remote(host="", owner="", name=Path(url).name.removesuffix(".git"))
    owner, _, name = path.strip("/").removesuffix(".git").rpartition("/")
    return Remote(host=host, owner=owner, name=name)


def _commit_variables(top: Path, remote: Remote, revision: str) -> dict[str, str]:
    if not _REVISION.fullmatch(revision):
        return {}
    shown = _git(top, "log", "-1", "--format=%H%x00%an%x00%B", revision)
    if not shown:
        return {}  # no commit yet, or none that this work tree knows
    revision, author, message = shown.split("\0", 2)
    url = _commit_url(remote, revision) if remote.host and remote.owner else None
    return commit_variables(revision, author=author, message=message, url=url)


def _commit_url(remote: Remote, revision: str) -> str:
    page = "commit"
    if "gitlab" in remote.host:
        page = "-/commit"
    elif "bitbucket" in remote.host:
        page = "commits"
    return f"https://{remote.host}/{remote.owner}/{remote.name}/{page}/{revision}"


def _branch(top: Path) -> str | None:
    if branch := _git(top, "symbolic-ref", "--short", "-q", "HEAD"):
        return branch
    if tag := _git(top, "describe", "--tags", "--exact-match", "HEAD"):
        return tag
    listed = _git(
        top, "for-each-ref", "--contains=HEAD", "--format=%(refname)", "refs/heads", "refs/remotes"
    )
    names = {_short_name(line) for line in (listed or "").splitlines() if line}
    names.discard("HEAD")
    return names.pop() if len(names) == 1 else None


def _short_name(reference: str) -> str:
    """Return `main` of `refs/heads/main` and of `refs/remotes/origin/main`."""
    kind, _, rest = reference.removeprefix("refs/").partition("/")
    return rest if kind == "heads" else rest.partition("/")[2]


def _git(directory: Path, *arguments: str) -> str | None:
    """Return what git prints; None when it has nothing to say or is not installed."""
    try:
        done = subprocess.run(
            ["git", "-C", str(directory), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        return None
    return done.stdout.rstrip("\n") or None if done.returncode == 0 else None
