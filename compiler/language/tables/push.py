"""The keys of `push` and `push-tag`."""

from __future__ import annotations

from compiler.language.objects import Field, Table
from compiler.language.shapes import TEXT, TEXTS, ListOf, String
from compiler.language.tables.build import AWS
from compiler.language.tables.common import with_common
from compiler.language.tables.git_clone import CREDENTIALS

PUSH = Table(
    with_common(
        *AWS,
        Field(
            name="candidate",
            required=True,
            doc="The image: `${{build_step}}`, or a reference such as `acme/app:1.0`.",
        ),
        Field(
            name="registry",
            default="the default registry",
            doc="Name of the registry, or a host.",
        ),
        Field(
            name="image_name",
            default="that of the candidate",
            doc="Name to push under.",
        ),
        Field(name="tag", default="`latest`", doc="Tag to push."),
        Field(name="tags", shape=TEXTS, doc="Tags to push, in place of `tag`."),
        Field(
            name="registry_context",
            default="the primary registry of its domain",
            doc="Name of the registry that the candidate is pulled with.",
        ),
        Field(
            name="provider",
            shape=String(choices=("docker", "standard", "ecr")),
            default="`docker`",
            doc="Kind of a registry whose login stands in the step.",
        ),
        Field(
            name="credentials",
            shape=CREDENTIALS,
            default="those of the account",
            doc="Login of a registry that the account does not know.",
        ),
        Field(name="accessKeyId", doc="AWS key, with `provider: ecr`."),
        Field(
            name="secretAccessKey",
            doc="Secret of the AWS key, with `provider: ecr`; better a `${{variable}}`.",
        ),
    )
)
PUSH_TAG = Table(
    with_common(
        *AWS,
        Field(
            name="image_name",
            required=True,
            doc="The image that gets more tags.",
        ),
        Field(
            name="tags",
            required=True,
            shape=ListOf(TEXT),
            doc="The tags.",
        ),
    )
)
