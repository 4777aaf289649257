"""The keys of steps that run containers: `freestyle`, compositions, and their services."""

from __future__ import annotations

from typing import Any

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.language.objects import Field, MapOf, Table
from compiler.language.parts import Candidate, Readiness, ServiceSet
from compiler.language.shapes import (
    FLAG,
    MAPPING,
    TEXT,
    TEXTS,
    Collection,
    ListOf,
    Numeric,
    OneOf,
    Parsed,
    Shape,
    String,
)
from compiler.language.steps import FreestyleStep
from compiler.language.tables.common import DEBUG_WITH_OVERRIDE, with_common
from compiler.language.tables.git_clone import WORKING_DIRECTORY
from compiler.language.values import Text
from compiler.syntax.nodes import Entry, Mapping, Node

_PROGRAM = OneOf(TEXT, TEXTS)
_REGISTRY_CONTEXT = Field(
    name="registry_context",
    default="the primary registry of its domain",
    doc="Name of the registry that the image is pulled with.",
)
_REGISTRY_CONTEXTS = Field(
    name="registry_contexts",
    shape=TEXTS,
    default="the primary registry of each domain",
    doc="Names of registries that images are pulled with.",
)
_COMPOSITION = Field(
    name="composition",
    required=True,
    shape=Collection(or_text=True),
    doc="A Compose document, or the path of one.",
)
_COMPOSITION_VARIABLES = Field(
    name="composition_variables",
    alias="composition-variables",
    shape=TEXTS,
    doc="Values for `${NAME}` in the composition: `NAME=value`.",
)


class Probe(Shape):
    """A container that is run beside services; its commands decide."""

    expected = "a mapping with `image` and `commands`"

    def __init__(self, table: Table, make: Any) -> None:  # noqa: ANN401  # a record
        self.table = table
        self._make = make

    def fits(self, node: Node) -> bool:
        """Whether it is a mapping."""
        return isinstance(node, Mapping)

    def read(self, what: str, node: Node, findings: Findings) -> Any:  # noqa: ANN401  # as above
        """Return the container, as a step named by the field."""
        if not isinstance(node, Mapping):
            self._refuse(what, node, findings)
            return None
        fields = self.table.read(node, f'"{what}"', findings, place=node.span)
        if not fields.complete:
            return None
        name = Text(what, node.span)
        values = fields.values
        own = {key: values.pop(key) for key in ("image", "commands") if key in values}
        step = FreestyleStep(name=name, type=Text("freestyle", node.span), span=node.span, **own)
        return self._make(run=step, **values) if self._make else step


_PROBE_FIELDS = (
    Field(name="image", required=True, doc="Image of the container."),
    Field(name="commands", required=True, shape=TEXTS, doc="Commands that must all succeed."),
)


def _threshold(name: str, doc: str, default: str) -> Field:
    return Field(name=name, shape=Numeric(minimum=1), default=default, doc=doc)


_READINESS = Probe(
    Table(
        (
            *_PROBE_FIELDS,
            _threshold("periodSeconds", "Seconds between two probes.", "10"),
            _threshold("timeoutSeconds", "Longest time of one probe, in seconds.", "10"),
            _threshold("successThreshold", "Successes in a row that are needed.", "1"),
            _threshold("failureThreshold", "Failures in a row after which it is given up.", "3"),
        ),
        is_open=True,
    ),
    Readiness,
)
_SERVICE_FIELDS = (
    Field(
        name="version",
        shape=OneOf(TEXT, Numeric()),
        default="3",
        doc="Version of the Compose format.",
    ),
    Field(name="name", doc="Name by which steps attach the services."),
    Field(
        name="composition",
        required=True,
        shape=Collection(or_text=True),
        doc="The services by name, or the path of a Compose file.",
    ),
    _COMPOSITION_VARIABLES,
    Field(
        name="shared_host_network",
        shape=FLAG,
        default="`false`",
        doc="Whether services are reached as `localhost`.",
    ),
    Field(
        name="readiness",
        shape=_READINESS,
        doc="What is run again and again until it succeeds, before the step starts.",
    ),
    Field(
        name="setup",
        shape=Probe(Table(_PROBE_FIELDS, is_open=True), None),
        doc="What is run once when the services are ready.",
    ),
)


class Services(Shape):
    """Containers that run beside a step or the pipeline."""

    expected = "a mapping"
    table = Table(_SERVICE_FIELDS, is_open=True)

    def fits(self, node: Node) -> bool:
        """Whether it is a mapping."""
        return isinstance(node, Mapping)

    def read(self, what: str, node: Node, findings: Findings) -> ServiceSet | None:
        """Return the services."""
        if not isinstance(node, Mapping):
            self._refuse(what, node, findings)
            return None
        fields = self.table.read(node, f'"{what}"', findings, place=node.span)
        values = {key: value for key, value in fields.values.items() if key != "version"}
        return ServiceSet(span=node.span, **values) if fields.complete else None


SERVICES = Services()


def _candidates(
    what: str, pairs: tuple[tuple[Entry, Mapping], ...], findings: Findings
) -> tuple[Candidate, ...]:
    for entry, overlay in pairs:
        for each in overlay.entries:
            if each.key.text == "working_directory":
                where = f'the candidate "{entry.key.text}"'
                known = ("working_dir",)
                findings.add(mistakes.unknown_key(each.key.text, each.key.span, known, where))
    return tuple(
        Candidate(service=Text(entry.key.text, entry.key.span, entry.key), overlay=overlay)
        for entry, overlay in pairs
    )


FREESTYLE = Table(
    with_common(
        Field(
            name="image",
            required=True,
            doc="Image of the container: a reference, or `${{build_step}}`.",
        ),
        Field(
            name="commands",
            shape=TEXTS,
            default="the command of the image",
            doc="Shell commands, run one after the other until one fails.",
        ),
        Field(
            name="cmd",
            shape=_PROGRAM,
            default="that of the image",
            doc="Arguments for the entry point of the image. Not together with `commands`.",
        ),
        Field(
            name="entry_point",
            shape=_PROGRAM,
            default="that of the image",
            doc="Replaces the entry point of the image.",
        ),
        Field(
            name="shell",
            shape=String(choices=("sh", "bash")),
            default="`sh`",
            doc="Shell that runs `commands`.",
        ),
        Field(
            name="environment",
            shape=TEXTS,
            doc="Environment of the container: `NAME=value`.",
        ),
        WORKING_DIRECTORY.replaced(
            doc="Directory in the container; `IMAGE_WORK_DIR` keeps that of the image."
        ),
        Field(
            name="volumes",
            shape=ListOf(
                String(pattern=".*:.*", form="`path-in-the-workspace:path-in-the-container`")
            ),
            doc="Further mounts of parts of the workspace: `./cache:/root/.cache`.",
        ),
        Field(
            name="services",
            shape=OneOf(SERVICES, TEXTS),
            doc="Containers that run beside the step, or names of those of the pipeline.",
        ),
        _REGISTRY_CONTEXT,
        Field(name="role_arn", doc="ARN of a role that the image is pulled with. Only for ECR."),
        Field(
            name="debug",
            shape=DEBUG_WITH_OVERRIDE,
            doc="Where a run in debug mode stops; without effect otherwise.",
        ),
    ),
    is_open=True,
    forbidden=("registry_contexts",),
)
COMPOSITION = Table(
    with_common(
        _COMPOSITION,
        Field(
            name="composition_candidates",
            alias="composition-candidates",
            required=True,
            shape=Parsed(MapOf(MAPPING), _candidates),
            doc="Services whose exit codes decide the result, with keys laid over theirs.",
        ),
        _COMPOSITION_VARIABLES,
        WORKING_DIRECTORY.replaced(doc="Directory in which the Compose file is looked for."),
        _REGISTRY_CONTEXTS,
        Field(
            name="add_flow_volume_to_composition",
            shape=FLAG,
            default="`false`",
            doc="Whether the workspace is mounted into every service.",
        ),
    ),
    is_open=True,
    forbidden=("registry_context",),
)
LAUNCH_COMPOSITION = Table(
    with_common(
        _COMPOSITION,
        _COMPOSITION_VARIABLES,
        WORKING_DIRECTORY.replaced(doc="Directory in which the Compose file is looked for."),
        Field(
            name="environment_name",
            default="the name of the composition",
            doc="Name of the environment; an older one of that name is stopped first.",
        ),
        Field(name="entry_point", doc="The main service."),
        _REGISTRY_CONTEXTS,
    ),
    is_open=True,
)
