"""What operations say about images: which one, under which tags, with which login."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf.duration_pb2 import Duration

from compiler.language.steps import AwsStep
from compiler.language.values import Text
from compiler.model.scope import StepReference
from compiler.planning.templates import Templates
from compiler.syntax.templates import whole_hole
from freshet.plan.v1 import operation_pb2 as messages
from freshet.plan.v1.operation_pb2 import TagPolicy


def image_source(image: Text, templates: Templates, image_of: str = "") -> messages.ImageSource:
    """Return an image: that of the step `image_of`, or what the reference says."""
    step_id = image_of or _step_of(image, templates)
    if step_id:
        return messages.ImageSource(step_id=step_id)
    return messages.ImageSource(reference=templates.template(image))


def selector(name: Text | None, templates: Templates) -> messages.RegistrySelector | None:
    """Return the registry of a name; None for None."""
    return selectors((name,), templates)[0] if name else None


def selectors(names: Iterable[Text], templates: Templates) -> list[messages.RegistrySelector]:
    """Return the registries of names."""
    return [messages.RegistrySelector(registry_id=templates.template(name)) for name in names]


def tag_policy(policy: Text | None) -> TagPolicy.ValueType:
    """Return how the tags of a build step are changed."""
    if policy and policy.text == "original":
        return TagPolicy.TAG_POLICY_ORIGINAL
    return TagPolicy.TAG_POLICY_LOWERCASE


def aws_access(step: AwsStep, templates: Templates) -> messages.AwsAccess | None:
    """Return region and role of a step; None: it names neither."""
    if not (step.region or step.role_arn or step.aws_session_name or step.aws_duration_seconds):
        return None
    seconds = step.aws_duration_seconds
    return messages.AwsAccess(
        region=templates.template(step.region),
        role_arn=templates.template(step.role_arn),
        session_name=templates.template(step.aws_session_name),
        session_duration=Duration(seconds=int(seconds.value)) if seconds else None,
    )


def _step_of(image: Text, templates: Templates) -> str:
    hole = whole_hole(image.text)
    reference = templates.scope.refer(hole) if hole else None
    if isinstance(reference, StepReference) and reference.member == "imageReference":
        return reference.step
    return ""
