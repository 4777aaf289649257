"""The keys of `git-clone`."""

from __future__ import annotations

from compiler.language.objects import Field, Object, Table
from compiler.language.parts import Credentials
from compiler.language.shapes import FLAG, Numeric
from compiler.language.tables.common import with_common

MAX_COUNT = 2**31 - 1
"""Largest whole number that a plan can hold."""
WORKING_DIRECTORY = Field(
    name="working_directory",
    alias="working-directory",
    default="the directory of `main_clone`, else the root of the workspace",
    doc="Directory the step works in: a path, or `${{clone_step}}` with a path behind it.",
)
CREDENTIALS = Object(
    Table(
        (
            Field(name="username", required=True, doc="User name."),
            Field(name="password", required=True, doc="Password; better a `${{variable}}`."),
        )
    ),
    Credentials,
)

GIT_CLONE = Table(
    with_common(
        Field(
            name="repo",
            required=True,
            doc="Repository: `owner/name`, or a full address.",
        ),
        Field(
            name="revision",
            default="the default branch",
            doc="Branch, tag or commit that is checked out.",
        ),
        Field(name="git", default="the default one", doc="Name of the Git integration."),
        Field(name="credentials", shape=CREDENTIALS, doc="User name and password for the remote."),
        WORKING_DIRECTORY.replaced(
            default="the root of the workspace", doc="Directory the clone is put under."
        ),
        Field(
            name="use_proxy",
            shape=FLAG,
            default="`false`",
            doc="Whether `HTTP_PROXY` or `HTTPS_PROXY` is used for the remote.",
        ),
        Field(
            name="depth",
            shape=Numeric(minimum=0, maximum=MAX_COUNT, whole=True),
            default="all commits",
            doc="How many commits are fetched.",
        ),
        Field(
            name="exclude_blobs",
            shape=FLAG,
            default="`false`",
            doc="Whether contents of files are fetched only when they are needed.",
        ),
        Field(
            name="skip_tags_on_update",
            shape=FLAG,
            default="`false`",
            doc="Whether an existing clone is updated without tags.",
        ),
    )
)
