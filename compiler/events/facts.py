"""Variables that events of several senders have in common."""

from __future__ import annotations

from compiler.events.parts import UnusableEvent
from compiler.language.revisions import branch_variables, defined, escaped

_TAGS = "refs/tags/"


def repository_variables(path: str | None) -> dict[str, str]:
    """Return the variables of a repository, as `acme/app`, which may have more segments."""
    if not path:
        return {}
    owner, _, name = path.rpartition("/")
    return defined({"CF_REPO_OWNER": owner or None, "CF_REPO_NAME": name})


def ref_variables(ref: str, base: str | None = None) -> dict[str, str]:
    """Return the variables of a branch or tag, as `refs/heads/main`.

    `base` is where a tag was made.
    """
    variables = named_branch(_short_name(ref))
    if base and ref.startswith(_TAGS):
        variables["CF_BASE_BRANCH"] = _short_name(base)
    return variables


def named_branch(name: str | None) -> dict[str, str]:
    """Return the variables of a branch or tag by its short name, as far as it is told."""
    return branch_variables(name) if name else {}


def title_variables(title: str | None) -> dict[str, str | None]:
    """Return the variables of a pull request's title."""
    return {
        "CF_PULL_REQUEST_TITLE": title,
        "CF_PULL_REQUEST_TITLE_ESCAPED": None if title is None else escaped(title),
    }


def refuse_deleted(ref: str, revision: str | None) -> None:
    """Let pushes that delete a branch or tag end here: nothing is left to build.

    Raises:
        UnusableEvent: `revision`, what the ref points to now, is nothing.
    """
    if revision is not None and not revision.strip("0"):
        kind = "tag" if ref.startswith(_TAGS) else "branch"
        raise UnusableEvent(f'it tells that the {kind} "{_short_name(ref)}" was deleted')


def _short_name(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix(_TAGS)
