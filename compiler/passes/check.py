"""What cannot work, found before anything is done: conflicts, illegal tags, ranges."""

from __future__ import annotations

import re

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.language.pipeline import Buildx, PushStep, Step
from compiler.language.ranges import RETRY_RANGES, is_timeout
from compiler.language.values import Text
from compiler.model.scope import Scope
from compiler.model.steps import Inline, ResolvedBuild, ResolvedPush, ResolvedStep
from compiler.syntax.templates import holes, read_template
from freshet.references import normalise_domain, split_reference

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


def check(steps: tuple[ResolvedStep, ...], scope: Scope, findings: Findings) -> None:
    """Tell what cannot work."""
    for resolved in steps:
        _check_common(resolved.step, findings)
        match resolved:
            case ResolvedBuild():
                _check_build(resolved, findings)
                _check_tags(resolved.tags, scope, findings)
            case ResolvedPush():
                _check_push(resolved, findings)
                _check_tags(resolved.tags, scope, findings)


def _check_common(step: Step, findings: Findings) -> None:
    if step.timeout and not is_timeout(step.timeout.text):
        findings.add(mistakes.ignored_time_limit(step.timeout.text, step.timeout.span))
    if step.retry is None:
        return
    numbers = (step.retry.max_attempts, step.retry.delay, step.retry.exponential_factor)
    for (key, (least, most)), number in zip(RETRY_RANGES.items(), numbers, strict=True):
        if number and not least <= number.value <= most:
            limit = least if number.value < least else most
            findings.add(mistakes.clamped_retry(key, number.value, limit, number.span))


def _check_build(resolved: ResolvedBuild, findings: Findings) -> None:
    step = resolved.step
    name = step.image_name
    lower = "".join(
        part.lower() if isinstance(part, str) else part.text for part in read_template(name.text)
    )
    if lower != name.text:
        findings.add(mistakes.upper_case_image_name(name.text, lower, name.span))
    dedicated = step.buildx is not None and (isinstance(step.buildx, Buildx) or step.buildx.value)
    if step.platform and not dedicated:
        findings.add(
            mistakes.conflict(
                '"platform" needs "buildx"', step.platform.span, "add `buildx: true` to the step"
            )
        )
    if dedicated and step.buildx:
        findings.add(mistakes.not_supported("`buildx`", step.buildx.span))
    if step.ssh:
        findings.add(mistakes.not_supported("`ssh`", step.ssh[0].key.span))
    if step.cache_to:
        findings.add(mistakes.not_supported("`cache_to`", step.cache_to[0].span))


def _check_push(resolved: ResolvedPush, findings: Findings) -> None:
    step = resolved.step
    provider = step.provider
    if provider and provider.text == "ecr":
        findings.add(mistakes.not_supported("`provider: ecr`", provider.span))
    if step.tag and step.tags:
        help = "both are pushed; put all of them into `tags`"
        findings.add(mistakes.both_tag_and_tags(step.tag.span, help))
    if isinstance(resolved.destination, Inline):
        _check_domain(step, findings)


def _check_domain(step: PushStep, findings: Findings) -> None:
    """Check that a name with a domain goes to that domain: the naming rules of records say so."""
    if step.image_name is None or holes(step.image_name.text):
        return
    registry = step.registry.text if step.registry else ""
    named = split_reference(step.image_name.text).domain
    if named and not holes(registry) and named != normalise_domain(registry):
        findings.add(
            mistakes.conflict(
                f'"image_name" is in "{named}", but "registry" is "{normalise_domain(registry)}"',
                step.image_name.span,
                "leave the domain out of `image_name`",
            )
        )


def _check_tags(tags: tuple[Text, ...], scope: Scope, findings: Findings) -> None:
    for tag in tags:
        known = scope.fold(tag.text)
        if known is not None and not _TAG.fullmatch(known):
            findings.add(mistakes.bad_tag(known, tag.span))
