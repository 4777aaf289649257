"""What the platform makes of branches and commits: the values of variables that tell of them.

Source of the rules: the language's list of system variables. What is not known is not defined.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TAG_LENGTH = 128
_SHORT_LENGTH = 7


def branch_variables(branch: str) -> dict[str, str]:
    """Return the variables that only depend on the branch."""
    tag = re.sub(r"[^A-Za-z0-9_.-]", "_", branch)[:_TAG_LENGTH]
    tag = "_" + tag[1:] if tag.startswith((".", "-")) else tag
    return {
        "CF_BRANCH": branch,
        "CF_BRANCH_TAG_NORMALIZED": tag,
        "CF_BRANCH_TAG_NORMALIZED_LOWER_CASE": tag.lower(),
        "CF_BRANCH_VERSION_NORMALIZED": re.sub(r"[^0-9A-Za-z-]", "-", branch),
    }


def commit_variables(
    revision: str | None,
    *,
    author: str | None = None,
    message: str | None = None,
    url: str | None = None,
) -> dict[str, str]:
    """Return the variables of a commit; none without `revision`, its id. `url` is its page."""
    if not revision:
        return {}
    told = None if message is None else message.strip()
    return defined(
        {
            "CF_REVISION": revision,
            "CF_SHORT_REVISION": revision[:_SHORT_LENGTH],
            "CF_COMMIT_AUTHOR": author,
            "CF_COMMIT_MESSAGE": told and told.replace("'", "\\'").replace('"', '\\"'),
            "CF_COMMIT_MESSAGE_ESCAPED": told and escaped(told),
            "CF_COMMIT_URL": url,
        }
    )


def escaped(text: str) -> str:
    """Return text with a backslash before what is special to a shell, on one line."""
    return re.sub(r"""(['"\\`$&;()<>|*?!#~{}\[\] \t])""", r"\\\1", text).replace("\n", "\\n")


def defined(values: Mapping[str, str | None]) -> dict[str, str]:
    """Return those variables that have a value."""
    return {name: value for name, value in values.items() if value is not None}
