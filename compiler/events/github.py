"""Events of GitHub: pushes, pull requests, comments on them, releases.

Source: GitHub's page on webhook events and payloads.
"""

from __future__ import annotations

import re

from compiler.events.facts import (
    named_branch,
    ref_variables,
    refuse_deleted,
    repository_variables,
    title_variables,
)
from compiler.events.parts import Part, UnusableEvent
from compiler.language.revisions import commit_variables, defined

_COMMIT_ID = re.compile(r"[0-9a-f]{40,64}")


def push(event: Part) -> dict[str, str]:
    """Return the variables of a push of a branch or tag."""
    ref = event.text("ref") or ""
    refuse_deleted(ref, event.text("after"))
    commit = event.part("head_commit")
    # An annotated tag is an object of its own: `after` is its id and not that of the commit.
    revision = commit.text("id") or event.text("after")
    return {
        **_common(event),
        **ref_variables(ref, event.text("base_ref")),
        **commit_variables(
            revision,
            author=commit.text("author", "name"),
            message=commit.text("message"),
            url=commit.text("url"),
        ),
    }


def pull_request(event: Part) -> dict[str, str]:
    """Return the variables of what happened to a pull request, reviews and comments included."""
    request = event.part("pull_request")
    head, web = request.part("head"), event.text("repository", "html_url")
    revision = head.text("sha")
    return {
        **_common(event),
        **named_branch(head.text("ref")),
        **commit_variables(revision, url=web and f"{web}/commit/{revision}"),
        **_request(event, request),
        **defined(
            {
                "CF_PULL_REQUEST_ID": request.text("id"),
                "CF_PULL_REQUEST_TARGET": request.text("base", "ref"),
            }
        ),
        **(_closed(request) if event.text("action") == "closed" else {}),
    }


def comment(event: Part) -> dict[str, str]:
    """Return the variables of a comment on a pull request; its branch and id are not told.

    Raises:
        UnusableEvent: the comment is on an issue.
    """
    issue = event.part("issue")
    if not issue.part("pull_request").values:
        raise UnusableEvent("it tells of a comment on an issue that is no pull request")
    return {**_common(event), **_request(event, issue)}


def release(event: Part) -> dict[str, str]:
    """Return the variables of a release."""
    told = event.part("release")
    prerelease, target = told.flag("prerelease"), told.text("target_commitish") or ""
    if _COMMIT_ID.fullmatch(target):
        origin = commit_variables(target)
    else:
        origin = defined({"CF_BASE_BRANCH": target or None})
    return {
        **_common(event),
        **named_branch(told.text("tag_name")),
        **origin,
        **defined(
            {
                "CF_RELEASE_NAME": told.text("name"),
                "CF_RELEASE_TAG": told.text("tag_name"),
                "CF_RELEASE_ID": told.text("id"),
                "CF_PRERELEASE_FLAG": _word(prerelease),
            }
        ),
    }


def _common(event: Part) -> dict[str, str]:
    return {
        **repository_variables(event.text("repository", "full_name")),
        **defined({"CF_BUILD_INITIATOR": event.text("sender", "login")}),
    }


def _request(event: Part, request: Part) -> dict[str, str]:
    """Return what an issue tells of a pull request, too."""
    labels = [each.text("name") or "" for each in request.parts("labels")]
    return defined(
        {
            "CF_PULL_REQUEST_ACTION": event.text("action"),
            "CF_PULL_REQUEST_NUMBER": request.text("number"),
            "CF_PULL_REQUEST_LABELS": ",".join(labels) if "labels" in request.values else None,
            "CF_PULL_REQUEST_COMMENT": event.text("comment", "body"),
            "CF_PULL_REQUEST_COMMENT_AUTHOR": event.text("comment", "user", "login"),
            **title_variables(request.text("title")),
        }
    )


def _closed(request: Part) -> dict[str, str]:
    """Return the variables that only closed pull requests have."""
    merged = request.flag("merged")
    return defined(
        {
            "CF_PULL_REQUEST_MERGED": _word(merged),
            "CF_PULL_REQUEST_HEAD_BRANCH": request.text("head", "ref"),
            "CF_PULL_REQUEST_HEAD_COMMIT_SHA": request.text("head", "sha"),
            # Of a request that was not merged, this is the commit of a trial merge.
            "CF_PULL_REQUEST_MERGED_COMMIT_SHA": request.text("merge_commit_sha")
            if merged
            else None,
        }
    )


def _word(flag: bool | None) -> str | None:
    return None if flag is None else str(flag).lower()
