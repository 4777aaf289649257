"""Events of GitLab: pushes of branches and tags, merge requests, comments on them.

Source: GitLab's page on webhook events.
"""

from __future__ import annotations

from compiler.events.facts import (
    named_branch,
    ref_variables,
    refuse_deleted,
    repository_variables,
    title_variables,
)
from compiler.events.parts import Part, UnusableEvent
from compiler.language.revisions import commit_variables, defined


def gitlab(event: Part) -> dict[str, str]:
    """Return the variables of an event of GitLab.

    Raises:
        UnusableEvent: it is of a kind that starts no builds.
    """
    kind = event.text("object_kind")
    match kind:
        case "push" | "tag_push":
            return _push(event)
        case "merge_request":
            return _merge_request(event, event.part("object_attributes"))
        case "note" if event.part("merge_request").values:
            return _merge_request(event, event.part("merge_request"))
    raise UnusableEvent(
        f'GitLab\'s "{kind}" tells of no pipeline',
        "give an event of `push`, `tag_push`, `merge_request`, or `note` on a merge request",
    )


def _push(event: Part) -> dict[str, str]:
    ref = event.text("ref") or ""
    refuse_deleted(ref, event.text("after"))
    # An annotated tag is an object of its own: `after` is its id and not that of the commit.
    revision = event.text("checkout_sha") or event.text("after")
    return {
        **_common(event, event.text("user_username")),
        **ref_variables(ref),
        **next(
            (_commit(each) for each in event.parts("commits") if each.text("id") == revision),
            commit_variables(revision),
        ),
    }


def _merge_request(event: Part, request: Part) -> dict[str, str]:
    attributes = event.part("object_attributes")
    commented = event.text("object_kind") == "note"
    author = event.text("user", "username")
    return {
        **_common(event, author),
        **named_branch(request.text("source_branch")),
        **_commit(request.part("last_commit")),
        **defined(
            {
                "CF_PULL_REQUEST_ACTION": attributes.text("action"),
                "CF_PULL_REQUEST_ID": request.text("id"),
                "CF_PULL_REQUEST_NUMBER": request.text("iid"),
                "CF_PULL_REQUEST_TARGET": request.text("target_branch"),
                "CF_PULL_REQUEST_LABELS": _labels(request if commented else event),
                "CF_PULL_REQUEST_COMMENT": attributes.text("note"),
                "CF_PULL_REQUEST_COMMENT_AUTHOR": author if commented else None,
                **title_variables(request.text("title")),
            }
        ),
    }


def _common(event: Part, initiator: str | None) -> dict[str, str]:
    return {
        **repository_variables(event.text("project", "path_with_namespace")),
        **defined({"CF_BUILD_INITIATOR": initiator}),
    }


def _commit(commit: Part) -> dict[str, str]:
    return commit_variables(
        commit.text("id"),
        author=commit.text("author", "name"),
        message=commit.text("message"),
        url=commit.text("url"),
    )


def _labels(holder: Part) -> str | None:
    labels = [each.text("title") or "" for each in holder.parts("labels")]
    return ",".join(labels) if "labels" in holder.values else None
