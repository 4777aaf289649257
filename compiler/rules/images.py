"""Rules for steps that build and push images."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from compiler import mistakes
from compiler.diagnostics import Diagnostic
from compiler.language.parts import Buildx
from compiler.language.steps import BuildStep, PushStep
from compiler.language.values import Text
from compiler.model.aws import aws_mistakes
from compiler.model.scope import Scope
from compiler.model.steps import Inline, ResolvedBuild, ResolvedPush
from compiler.registries import Omission
from compiler.syntax.templates import holes, read_template
from freshet.references import normalise_domain, split_reference

_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"


def build_mistakes(resolved: ResolvedBuild, scope: Scope) -> Iterator[Diagnostic]:
    """Yield what is wrong with a build step."""
    step = resolved.step
    yield from _name_mistakes(step.image_name)
    yield from _platform_mistakes(step)
    yield from _builder_mistakes(step)
    if step.cosign and step.cosign.sign.is_true and isinstance(resolved.destination, Omission):
        yield mistakes.conflict(
            '"cosign" signs what is pushed, and this image is not pushed',
            step.cosign.sign.span,
            "remove `disable_push`, or `cosign`",
        )
    yield from aws_mistakes(step.region, step.role_arn, step.aws_duration_seconds)
    yield from _tag_mistakes(resolved.tags, scope)


def push_mistakes(resolved: ResolvedPush, scope: Scope) -> Iterator[Diagnostic]:
    """Yield what is wrong with a push step."""
    step = resolved.step
    if isinstance(step, PushStep):
        if step.tag and step.tags:
            help = "both are pushed; put all of them into `tags`"
            yield mistakes.both_tag_and_tags(step.tag.span, help)
        if isinstance(resolved.destination, Inline):
            yield from _domain_mistakes(step)
    yield from aws_mistakes(step.region, step.role_arn, step.aws_duration_seconds)
    yield from _tag_mistakes(resolved.tags, scope)


def _name_mistakes(name: Text) -> Iterator[Diagnostic]:
    lower = "".join(
        part.lower() if isinstance(part, str) else part.text for part in read_template(name.text)
    )
    if lower != name.text:
        yield mistakes.upper_case_image_name(name.text, lower, name.span)


def _platform_mistakes(step: BuildStep) -> Iterator[Diagnostic]:
    is_off = step.buildx is None or (not isinstance(step.buildx, Buildx) and not step.buildx.value)
    if step.platform and is_off:
        yield mistakes.conflict(
            '"platform" needs "buildx"',
            step.platform.span,
            "add `buildx: true` to the step",
            key="platform",
        )


def _builder_mistakes(step: BuildStep) -> Iterator[Diagnostic]:
    """Yield where BuildKit, which always builds here, does otherwise than the step says."""
    off = step.buildkit is not None and step.buildkit.value is False
    if step.buildkit and off and (step.ssh or step.secrets or step.progress):
        yield mistakes.extra_effect(
            'BuildKit builds in spite of "buildkit: false"',
            step.buildkit.span,
            "`ssh`, `secrets` and `progress` need it; remove `buildkit`",
        )
    if step.squash and step.squash.is_true:
        yield mistakes.extra_effect(
            '"squash" has no effect: BuildKit does not squash layers',
            step.squash.span,
            "use several stages in the Dockerfile",
        )


def _domain_mistakes(step: PushStep) -> Iterator[Diagnostic]:
    """Check that a name with a domain goes to that domain: the naming rules of records say so."""
    if step.image_name is None or holes(step.image_name.text):
        return
    registry = step.registry.text if step.registry else ""
    named = split_reference(step.image_name.text).domain
    if named and not holes(registry) and named != normalise_domain(registry):
        yield mistakes.conflict(
            f'"image_name" is in "{named}", but "registry" is "{normalise_domain(registry)}"',
            step.image_name.span,
            "leave the domain out of `image_name`",
        )


def _tag_mistakes(tags: Sequence[Text], scope: Scope) -> Iterator[Diagnostic]:
    for tag in tags:
        known = scope.fold(tag.text)
        if known is not None and not re.fullmatch(_TAG, known):
            yield mistakes.bad_tag(known, tag.span)
