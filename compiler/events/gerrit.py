"""Events of Gerrit about changes, which are its pull requests.

Source: Gerrit's page on stream events.
"""

from __future__ import annotations

from compiler.events.facts import named_branch, repository_variables, title_variables
from compiler.events.parts import Part
from compiler.language.revisions import commit_variables, defined


def gerrit(event: Part) -> dict[str, str]:
    """Return the variables of what happened to a change; its branch is the one it goes to."""
    change, patch = event.part("change"), event.part("patchSet")
    return {
        **repository_variables(change.text("project")),
        **named_branch(change.text("branch")),
        **commit_variables(
            patch.text("revision"),
            author=patch.text("author", "name"),
            message=change.text("commitMessage"),
        ),
        **defined(
            {
                "CF_PULL_REQUEST_ACTION": event.text("type"),
                "CF_PULL_REQUEST_ID": change.text("id"),
                "CF_PULL_REQUEST_NUMBER": change.text("number"),
                "CF_PULL_REQUEST_TARGET": change.text("branch"),
                "CF_PULL_REQUEST_LABELS": ",".join(change.texts("hashtags")) or None,
                "CF_PULL_REQUEST_COMMENT": event.text("comment"),
                "CF_PULL_REQUEST_COMMENT_AUTHOR": event.text("author", "name"),
                "CF_GERRIT_CHANGE_TOPIC": change.text("topic"),
                **title_variables(change.text("subject")),
            }
        ),
    }
