"""SLSA v1 provenance: what an image was made of, as an in-toto statement.

See https://slsa.dev/spec/v1.0/provenance. A statement names the source, the plan and what the build
pulled, each by digest; of variables only the names, since their values may be secret.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from freshet import __version__
from freshet.plan.v1.plan_pb2 import Plan
from freshet.runner.v1.run_pb2 import BuildMaterial, BuildMaterials, StepRun

PREDICATE_TYPE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:freshet:pipeline:v1"
BUILDER = "urn:freshet:runner:v1"
_PULLED = re.compile(r"FROM (\S+)@sha256:([0-9a-f]{64})(?:\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Something that an image was made of."""

    uri: str
    """As SLSA has it, `pkg:docker/...` or `git+https://...`."""
    algorithm: str
    """`sha256` or `gitCommit`."""
    digest: str
    """Hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an image comes from."""

    run: str
    """`runs/{run}`."""
    pipeline: str
    step_id: str
    plan: Plan
    variable_names: Sequence[str]
    source: Material | None
    """None: a directory that no digest names."""
    materials: Sequence[Material] | None
    """What the build pulled; None: not known, since the builder does not tell."""
    started: str
    """When the step began that built the image, RFC 3339."""


def plan_digest(plan: Plan) -> str:
    """Return the SHA-256 of a plan: the same plan has the same."""
    return sha256(plan.SerializeToString(deterministic=True)).hexdigest()


def statement(repository: str, digest: str, origin: Origin) -> bytes:
    """Return the statement for the image `repository@digest`; the same facts make the same bytes.

    `digest` is `sha256:...`, that of the manifest.
    """
    algorithm, _, value = digest.partition(":")
    told = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": repository, "digest": {algorithm: value}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "pipeline": origin.pipeline,
                    "step": origin.step_id,
                    "variables": sorted(origin.variable_names),
                },
                "internalParameters": {"materialsKnown": origin.materials is not None},
                "resolvedDependencies": list(_dependencies(origin)),
            },
            "runDetails": {
                "builder": {"id": BUILDER, "version": {"freshet": __version__}},
                "metadata": {"invocationId": origin.run, "startedOn": origin.started},
            },
        },
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def pulled_image(vertex_name: str) -> Material | None:
    """Return the image that a part of a build pulled, by its name; None: it pulled none."""
    match = _PULLED.search(vertex_name)
    if not match:
        return None
    path, _, tag = match[1].rpartition(":")
    name, version = (match[1], "") if not path or "/" in tag else (path, f"@{tag}")
    return Material(uri=f"pkg:docker/{name}{version}", algorithm="sha256", digest=match[2])


def build_materials(materials: Sequence[Material]) -> BuildMaterials:
    """Return what a build pulled, as it is kept with the run."""
    return BuildMaterials(
        materials=[
            BuildMaterial(uri=each.uri, digest=f"{each.algorithm}:{each.digest}")
            for each in dict.fromkeys(materials)
        ]
    )


def materials_of(step_run: StepRun) -> Sequence[Material] | None:
    """Return what the build of a step pulled; None: not known."""
    for operation_run in step_run.operation_runs:
        if operation_run.built_image.HasField("materials"):
            kept = operation_run.built_image.materials.materials
            return [_material(each) for each in kept]
    return None


def _material(kept: BuildMaterial) -> Material:
    algorithm, _, digest = kept.digest.partition(":")
    return Material(uri=kept.uri, algorithm=algorithm, digest=digest)


def source_of(archive: str, repository_url: str, revision: str) -> Material | None:
    """Return what names the source: the archive it was uploaded in, else the commit.

    Of a checkout in a local directory the commit is what it began with; it may have been changed.
    """
    if archive:
        digest = archive.rpartition("/")[2]
        return Material(uri=f"urn:freshet:{archive}", algorithm="sha256", digest=digest)
    if revision:
        return Material(uri=repository_url, algorithm="gitCommit", digest=revision)
    return None


def _dependencies(origin: Origin) -> Iterator[dict[str, object]]:
    if origin.source:
        yield {"name": "source", **_descriptor(origin.source)}
    yield {"name": "plan", "digest": {"sha256": plan_digest(origin.plan)}}
    for material in sorted(set(origin.materials or ()), key=lambda each: (each.uri, each.digest)):
        yield _descriptor(material)


def _descriptor(material: Material) -> dict[str, object]:
    return {"uri": material.uri, "digest": {material.algorithm: material.digest}}
