"""Events of Bitbucket: pushes, pull requests, comments on them.

Source: Bitbucket's page on event payloads. What happened to a pull request stands in a header and
not in the payload, and of its commit only the first digits are told.
"""

from __future__ import annotations

from compiler.events.facts import named_branch, repository_variables, title_variables
from compiler.events.parts import Part, UnusableEvent
from compiler.language.revisions import commit_variables, defined


def push(event: Part) -> dict[str, str]:
    """Return the variables of the first branch or tag that was pushed and not deleted.

    Raises:
        UnusableEvent: there is none.
    """
    changes = event.part("push").parts("changes")
    new = next((each.part("new") for each in changes if each.part("new").values), None)
    if new is None:
        deleted = [each.text("old", "name") or "" for each in changes]
        raise UnusableEvent(f'it tells that "{", ".join(deleted)}" was deleted')
    return {**_common(event), **named_branch(new.text("name")), **_commit(new.part("target"))}


def pull_request(event: Part) -> dict[str, str]:
    """Return the variables of what happened to a pull request, comments included."""
    request = event.part("pullrequest")
    source = request.part("source")
    return {
        **_common(event),
        **named_branch(source.text("branch", "name")),
        **_commit(source.part("commit")),
        **defined(
            {
                "CF_PULL_REQUEST_ID": request.text("id"),
                "CF_PULL_REQUEST_NUMBER": request.text("id"),
                "CF_PULL_REQUEST_TARGET": request.text("destination", "branch", "name"),
                "CF_PULL_REQUEST_COMMENT": event.text("comment", "content", "raw"),
                "CF_PULL_REQUEST_COMMENT_AUTHOR": _name(event.part("comment", "user")),
                **title_variables(request.text("title")),
            }
        ),
    }


def _common(event: Part) -> dict[str, str]:
    return {
        **repository_variables(event.text("repository", "full_name")),
        **defined({"CF_BUILD_INITIATOR": _name(event.part("actor"))}),
    }


def _commit(commit: Part) -> dict[str, str]:
    written = commit.text("author", "raw")  # as in `Ann <ann@example.org>`
    return commit_variables(
        commit.text("hash"),
        author=written and written.partition("<")[0].strip(),
        message=commit.text("message"),
        url=commit.text("links", "html", "href"),
    )


def _name(user: Part) -> str | None:
    return user.text("nickname") or user.text("display_name")
