"""The keys of `build`."""

from __future__ import annotations

from typing import Any

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.language.objects import Field, MapOf, Object, Table
from compiler.language.parts import (
    Buildx,
    CacheRepository,
    CloudBuild,
    Cosign,
    Driver,
    InlineDockerfile,
    Qemu,
    Secret,
)
from compiler.language.shapes import (
    FLAG,
    TEXT,
    TEXTS,
    ListOf,
    Numeric,
    OneOf,
    Parsed,
    Shape,
    String,
)
from compiler.language.tables.common import with_common
from compiler.language.tables.git_clone import WORKING_DIRECTORY
from compiler.language.tables.notes import ANNOTATIONS, BUILD_METADATA
from compiler.language.values import Pair, Text
from compiler.record import Record
from compiler.syntax.nodes import Mapping, Node

_DOCKERFILE = OneOf(
    TEXT,
    Object(
        Table(
            (Field(name="content", required=True, doc="The text of the Dockerfile."),),
        ),
        InlineDockerfile,
    ),
)


def _pair(text: Text) -> Pair:
    key, _, value = text.text.partition("=")
    return Pair(key=Text(key, text.span), value=Text(value, text.span))


def _ssh(what: str, value: Any, findings: Findings) -> tuple[Pair, ...]:  # noqa: ANN401
    if isinstance(value, Text):
        return (Pair(key=value, value=Text("", value.span)),)
    if value and isinstance(value[0], Text):
        return tuple(_pair(text) for text in value)
    return tuple(
        Pair(key=Text(entry.key.text, entry.key.span, entry.key), value=path)
        for entry, path in value
    )


def _secret(what: str, text: Text, findings: Findings) -> Secret | None:
    parts = dict(part.partition("=")[::2] for part in text.text.split(","))
    if not parts.get("id") or not parts.get("src"):
        findings.add(mistakes.wrong_form(what, text.text, "`id=<id>,src=<path>`", text.span))
        return None
    return Secret(id=Text(parts["id"], text.span), src=Text(parts["src"], text.span))


_SECRET: Shape = OneOf(
    Parsed(TEXT, _secret),
    Object(
        Table(
            (
                Field(name="id", required=True, doc="Id in the Dockerfile."),
                Field(name="src", required=True, doc="File with the secret."),
            )
        ),
        Secret,
    ),
)
_BUILDX = OneOf(
    FLAG,
    Object(
        Table(
            (
                Field(
                    name="qemu",
                    shape=Object(
                        Table(
                            (
                                Field(
                                    name="image",
                                    default="`tonistiigi/binfmt:latest`",
                                    doc="Image that registers emulators.",
                                ),
                                Field(
                                    name="platforms",
                                    default="`all`",
                                    doc="Platforms that are emulated.",
                                ),
                            )
                        ),
                        Qemu,
                    ),
                    doc="Emulators for other platforms.",
                ),
                Field(
                    name="builder",
                    shape=Object(
                        Table(
                            (
                                Field(
                                    name="driver",
                                    default="`docker-container`",
                                    doc="Driver of the builder.",
                                ),
                                Field(name="driver_opts", doc="Options of the driver."),
                            )
                        ),
                        Driver,
                    ),
                    doc="The builder itself.",
                ),
            )
        ),
        Buildx,
    ),
)
_CLOUD_ARGUMENTS = Object(
    Table(
        (
            Field(
                name="google_app_creds",
                default="those of a connected Google registry",
                doc="Key of a service account, base64; better a `${{variable}}`.",
            ),
            Field(
                name="cache",
                required=True,
                shape=Object(
                    Table(
                        (
                            Field(
                                name="repo",
                                required=True,
                                doc="Repository of the layer cache; not that of the image.",
                            ),
                            Field(name="ttl", default="`336h`", doc="How long layers are kept."),
                        )
                    ),
                    CacheRepository,
                ),
                doc="Where layers are kept for later builds.",
            ),
            Field(name="timeout", default="`10m`", doc="Longest time of the build, as in `600s`."),
            Field(
                name="machineType",
                shape=String(choices=("UNSPECIFIED", "N1_HIGHCPU_8", "N1_HIGHCPU_32")),
                doc="Type of machine.",
            ),
            Field(
                name="diskSizeGb",
                shape=Numeric(),
                doc="Size of the disk in gigabytes.",
            ),
            Field(name="logsBucket", doc="Bucket for logs."),
        )
    ),
    CloudBuild,
)


class _Provider(Record):
    type: Text
    arguments: CloudBuild | None = None


class _ProviderObject(Object):
    """Who builds: None is the engine's own builder."""

    def read(self, what: str, node: Node, findings: Findings) -> CloudBuild | None:
        """Return the settings of Google Cloud Build, which `gcb` needs."""
        value = super().read(what, node, findings)
        if value is None or value.type.text != "gcb":
            return None
        if isinstance(node, Mapping) and not node.get("arguments"):
            findings.add(mistakes.missing_key("arguments", value.type.span, f'"{what}"'))
        arguments: CloudBuild | None = value.arguments
        return arguments


_PROVIDER = _ProviderObject(
    Table(
        (
            Field(
                name="type",
                required=True,
                shape=String(choices=("cf", "gcb")),
                default="`cf`",
                doc="`cf`: the engine's own builder; `gcb`: Google Cloud Build.",
            ),
            Field(name="arguments", shape=_CLOUD_ARGUMENTS, doc="Settings of Google Cloud Build."),
        )
    ),
    _Provider,
)
_COSIGN = Object(
    Table(
        (
            Field(
                name="sign",
                required=True,
                shape=FLAG,
                doc="Whether the image is signed after it was pushed.",
            ),
            Field(
                name="options",
                shape=MapOf(TEXT),
                doc="Options of the signer: `key`, `key-pass`, and others by their names.",
            ),
        )
    ),
    Cosign,
)

AWS = (
    Field(name="region", doc="AWS region, in place of the one of the registry. Only for ECR."),
    Field(name="role_arn", doc="ARN of a role that is assumed for the registry. Only for ECR."),
    Field(
        name="aws_session_name",
        default="`default-session-name`",
        doc="Name of the session of that role.",
    ),
    Field(
        name="aws_duration_seconds",
        shape=Numeric(),
        default="3600",
        doc="How long the session lasts, from 900 to 3600 seconds.",
    ),
)

BUILD = Table(
    with_common(
        *AWS,
        Field(
            name="image_name",
            alias="image-name",
            required=True,
            doc="Name of the image, without domain and tag: `acme/app`.",
        ),
        WORKING_DIRECTORY.replaced(doc="The build context: the directory that is sent."),
        Field(
            name="dockerfile",
            shape=_DOCKERFILE,
            default="`Dockerfile`",
            doc="Path of the Dockerfile below the working directory, or `content` with its text.",
        ),
        Field(
            name="tag",
            default="the branch that is built",
            doc="Tag of the image.",
        ),
        Field(name="tags", shape=TEXTS, doc="Further tags of the image."),
        Field(
            name="tag_policy",
            alias="tag-policy",
            shape=String(choices=("original", "lowercase")),
            default="`lowercase`",
            doc="Whether tags are made lower case.",
        ),
        Field(
            name="registry",
            default="the default registry",
            doc="Name of the registry the image is pushed to.",
        ),
        Field(
            name="registry_contexts",
            shape=TEXTS,
            default="the primary registry of each domain",
            doc="Names of registries that base images are pulled with.",
        ),
        Field(
            name="disable_push",
            shape=FLAG,
            default="that of the account",
            doc="Whether the image stays on the daemon.",
        ),
        Field(
            name="build_arguments",
            alias="build-arguments",
            shape=TEXTS,
            doc="Values of `ARG` in the Dockerfile: `NAME=value`.",
        ),
        Field(name="target", default="the last one", doc="Stage of the Dockerfile to build."),
        Field(
            name="no_cache",
            shape=FLAG,
            default="`false`",
            doc="Whether every layer is built anew.",
        ),
        Field(
            name="no_cf_cache",
            shape=FLAG,
            default="`false`",
            doc="Whether images of earlier builds are left unused.",
        ),
        Field(name="cache_from", shape=TEXTS, doc="Caches to read, as `--cache-from` takes them."),
        Field(name="cache_to", shape=TEXTS, doc="Caches to write, as `--cache-to` takes them."),
        Field(
            name="squash",
            shape=FLAG,
            default="`false`",
            doc="Whether new layers are made one.",
        ),
        Field(
            name="buildkit",
            shape=FLAG,
            default="`false`",
            doc="Whether BuildKit builds. It always does here.",
        ),
        Field(
            name="ssh",
            shape=Parsed(
                OneOf(
                    String(choices=("default",)),
                    ListOf(TEXT, at_least=1),
                    MapOf(TEXT, at_least=1),
                ),
                _ssh,
            ),
            doc="Agents and keys for `RUN --mount=type=ssh`: `default`, or ids with paths.",
        ),
        Field(
            name="secrets",
            shape=ListOf(_SECRET, at_least=1),
            doc="Secrets for `RUN --mount=type=secret`: `id=npm,src=.npmrc`.",
        ),
        Field(
            name="progress",
            default="`plain`",
            doc="Form of the builder's output: `auto`, `plain`, `tty`, `quiet` or `rawjson`.",
        ),
        Field(
            name="buildx",
            shape=_BUILDX,
            default="`false`",
            doc="Whether a builder of its own builds, as several platforms need.",
        ),
        Field(
            name="platform",
            default="that of the builder",
            doc="Platforms, separated by commas: `linux/amd64,linux/arm64`. Needs `buildx`.",
        ),
        Field(name="provider", shape=_PROVIDER, doc="Who builds: the engine, or Google Cloud."),
        Field(name="cosign", shape=_COSIGN, doc="Whether and how the image is signed."),
        Field(name="metadata", shape=BUILD_METADATA, doc="Notes about the image."),
        Field(
            name="annotations",
            shape=ANNOTATIONS,
            doc="Notes about the build, the image, the pipeline or the project.",
        ),
    )
)
