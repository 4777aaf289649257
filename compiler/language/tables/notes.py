"""The keys of annotations and metadata: notes about images, runs and pipelines."""

from __future__ import annotations

from typing import Any

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.language.objects import Field, Object, Table
from compiler.language.parts import (
    Annotation,
    AnnotationRemoval,
    Annotations,
    AnnotationSet,
    ImageMetadata,
    Metadata,
    Notes,
)
from compiler.language.shapes import (
    PLAIN_FLAG,
    TEXT,
    ListOf,
    Numeric,
    Shape,
    String,
)
from compiler.language.values import Flag, Number, Text
from compiler.syntax.nodes import Entry, Mapping, Node, Scalar, Sequence, type_name

_KEY = String(pattern="[A-Za-z0-9_]+", form="a key of letters, digits and `_`")
_EVALUATE = "evaluate"


class AnnotationList(Shape):
    """Keys, and mappings of keys to values, in one flat list of notes."""

    expected = "a list of keys, or of keys with values"

    def fits(self, node: Node) -> bool:
        """Whether it is a list."""
        return isinstance(node, Sequence)

    def read(self, what: str, node: Node, findings: Findings) -> tuple[Annotation, ...] | None:
        """Return the notes."""
        if not isinstance(node, Sequence):
            self._refuse(what, node, findings)
            return None
        notes: list[Annotation] = []
        for item in node.items:
            if isinstance(item, Mapping):
                notes += (note for entry in item.entries if (note := _annotation(entry, findings)))
            elif key := _KEY.read(what, item, findings):
                notes.append(Annotation(key=key))
        return tuple(notes)


def _annotation(entry: Entry, findings: Findings) -> Annotation | None:
    key = _KEY.read("annotations", _as_text(entry.key), findings)
    value = _value(entry.key.text, entry.value, findings)
    if key is None or value is None:
        return None
    return Annotation(key=key, value=value, evaluated=isinstance(entry.value, Mapping))


def _as_text(key: Scalar) -> Scalar:
    """Return a key as the string it is for the language, whatever YAML takes it for."""
    return Scalar(key.text, key.text, key.span)


def _value(key: str, node: Node, findings: Findings) -> Text | Number | Flag | None:
    if isinstance(node, Mapping):
        return _evaluated(key, node, findings)
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return TEXT.read(key, node, findings)
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return PLAIN_FLAG.read(key, node, findings)
    if isinstance(node, Scalar) and node.value is not None:
        return Numeric().read(key, node, findings)
    expected = "a string, a number, true, false, or `evaluate: <condition>`"
    findings.add(mistakes.wrong_type(key, expected, type_name(node), node.span))
    return None


def _evaluated(key: str, node: Mapping, findings: Findings) -> Text | None:
    fields = _EVALUATED.read(node, f'"{key}"', findings)
    value: Text | None = fields.values.get(_EVALUATE)
    return value


_EVALUATED = Table(
    (
        Field(
            name=_EVALUATE,
            required=True,
            doc="A condition; whether it is true becomes the value of the note.",
        ),
    )
)
ANNOTATION_LIST = AnnotationList()
_TARGET = (
    Field(
        name="entity_id",
        default="the current build",
        doc="Name or id of what the notes are about.",
    ),
    Field(
        name="entity_type",
        default="`build`",
        doc="What the notes are about: `build`, `image`, `pipeline` or `project`.",
    ),
)
_SET = Object(
    Table(
        (
            *_TARGET,
            Field(
                name="annotations",
                shape=ANNOTATION_LIST,
                required=True,
                doc="Notes: keys, or keys with a string, a number, a truth value, or a condition "
                "under `evaluate`.",
            ),
            Field(name="display", doc="The note that is shown as the label of the build."),
        )
    ),
    AnnotationSet,
)
_UNSET = Object(
    Table(
        (
            *_TARGET,
            Field(
                name="annotations",
                shape=ListOf(_KEY),
                required=True,
                doc="Keys of the notes to remove.",
            ),
        )
    ),
    AnnotationRemoval,
)
ANNOTATIONS = Object(
    Table(
        (
            Field(name="set", shape=ListOf(_SET), doc="Notes to set, each list for one thing."),
            Field(name="unset", shape=ListOf(_UNSET), doc="Notes to remove, after those to set."),
        )
    ),
    Annotations,
)


class ImageMetadataList(Shape):
    """Mappings from images to lists of notes."""

    expected = "a list of images with their annotations"

    def fits(self, node: Node) -> bool:
        """Whether it is a list."""
        return isinstance(node, Sequence)

    def read(self, what: str, node: Node, findings: Findings) -> tuple[ImageMetadata, ...] | None:
        """Return the notes of each image."""
        if not isinstance(node, Sequence):
            self._refuse(what, node, findings)
            return None
        found: list[ImageMetadata] = []
        for item in node.items:
            if not isinstance(item, Mapping):
                expected = "a mapping from an image to its annotations"
                findings.add(mistakes.wrong_type(what, expected, type_name(item), item.span))
                continue
            for entry in item.entries:
                notes = ANNOTATION_LIST.read(entry.key.text, entry.value, findings)
                if notes is not None:
                    image = Text(entry.key.text, entry.key.span, entry.key)
                    found.append(ImageMetadata(image=image, annotations=notes))
        return tuple(found)


METADATA = Object(
    Table(
        (
            Field(
                name="set",
                shape=ImageMetadataList(),
                required=True,
                doc="Images, each with its notes: `- ${{build.imageId}}: [{CF_QUALITY: true}]`.",
            ),
        )
    ),
    Metadata,
)


def _own_metadata(**values: Any) -> Metadata:  # noqa: ANN401  # the fields of the table
    notes: tuple[Annotation, ...] = values["set"]
    return Metadata(set=(ImageMetadata(image=None, annotations=notes),))


BUILD_METADATA = Object(
    Table(
        (
            Field(
                name="set",
                shape=ANNOTATION_LIST,
                required=True,
                doc="Notes about the image that the step builds.",
            ),
        )
    ),
    _own_metadata,
)
NOTES = Object(
    Table(
        (
            Field(name="metadata", shape=METADATA, doc="Notes about images."),
            Field(
                name="annotations",
                shape=ANNOTATIONS,
                doc="Notes about builds, images, pipelines or projects.",
            ),
        )
    ),
    Notes,
)
