"""What is pushed where."""

from __future__ import annotations

from compiler.language.steps import PushStep, PushTagStep
from compiler.language.values import Text
from compiler.model.steps import Inline, Open, ResolvedBuild, ResolvedPush
from compiler.planning.images import aws_access, image_source, selector, tag_policy
from compiler.planning.templates import Templates
from compiler.registries import Omission, Repository
from compiler.syntax.templates import holes
from freshet.plan.v1 import operation_pb2 as messages
from freshet.plan.v1.operation_pb2 import TagPolicy
from freshet.references import DOCKER_HUB, normalise_domain, split_reference


def push_of_build(resolved: ResolvedBuild, templates: Templates) -> messages.Operation | None:
    """Return the push of a build step; None: it pushes nothing."""
    step = resolved.step
    if isinstance(resolved.destination, Omission):
        return None
    push = messages.PushOperation(
        image=messages.ImageSource(step_id=resolved.id),
        tags=templates.templates(resolved.tags),
        tag_policy=tag_policy(step.tag_policy),
        aws_access=aws_access(step, templates),
    )
    if isinstance(resolved.destination, Repository):
        push.resolved.CopyFrom(_resolved(resolved.destination))
    else:
        push.deferred.CopyFrom(
            messages.DeferredDestination(
                registry_id=templates.template(step.registry),
                image_name=templates.template(step.image_name),
                of_build=True,
                push_required=step.disable_push is not None and step.disable_push.value is False,
            )
        )
    is_known = step.disable_push is None or isinstance(step.disable_push.value, bool)
    disabled = None if is_known else templates.flag(step.disable_push)
    return messages.Operation(push=push, disabled=disabled)


def push_operation(resolved: ResolvedPush, templates: Templates) -> messages.PushOperation:
    """Return what a push step does."""
    step = resolved.step
    context = step.registry_context if isinstance(step, PushStep) else None
    push = messages.PushOperation(
        image=image_source(resolved.candidate, templates, resolved.image_of),
        tags=templates.templates(resolved.tags),
        tag_policy=TagPolicy.TAG_POLICY_ORIGINAL,
        pull_registry=selector(context, templates),
        aws_access=aws_access(step, templates),
    )
    match resolved.destination, step:
        case Repository() as repository, _:
            push.resolved.CopyFrom(_resolved(repository))
        case _, PushTagStep():
            push.inline.CopyFrom(_own_place(resolved, templates))
        case Inline(), PushStep():
            push.inline.CopyFrom(_inline(step, resolved, templates))
        case Open(), PushStep():
            push.deferred.CopyFrom(_deferred(step, resolved, templates))
    return push


def _resolved(repository: Repository) -> messages.ResolvedDestination:
    return messages.ResolvedDestination(
        registry=repository.registry, repository=repository.repository
    )


def _deferred(
    step: PushStep, resolved: ResolvedPush, templates: Templates
) -> messages.DeferredDestination:
    return messages.DeferredDestination(
        registry_id=templates.template(step.registry),
        image_name=templates.template(resolved.image_name),
        from_candidate=resolved.from_candidate,
    )


def _inline(
    step: PushStep, resolved: ResolvedPush, templates: Templates
) -> messages.InlineDestination:
    inline = messages.InlineDestination(image_name=templates.template(_path(resolved.image_name)))
    if step.provider and step.provider.text == "ecr":
        inline.aws_keys.CopyFrom(_aws_keys(step, resolved.id, templates))
        return inline
    inline.domain.CopyFrom(templates.template(_domain(step.registry)))
    if step.credentials:
        login = step.credentials
        inline.password.username.CopyFrom(templates.template(login.username))
        password = templates.password(login.password, f"{resolved.id}.password")
        inline.password.password.CopyFrom(password)
    return inline


def _own_place(resolved: ResolvedPush, templates: Templates) -> messages.InlineDestination:
    """Return where an image is already; a name that begins with a hole is left to the run."""
    name = resolved.image_name.text
    if name.startswith("${{"):
        return messages.InlineDestination(image_name=templates.template(name))
    place = split_reference(name)
    return messages.InlineDestination(
        domain=templates.template(place.domain or DOCKER_HUB),
        image_name=templates.template(place.path),
    )


def _aws_keys(step: PushStep, id: str, templates: Templates) -> messages.InlineAwsKeys:
    keys = messages.InlineAwsKeys(access_key_id=templates.template(step.access_key_id))
    if step.secret_access_key:
        secret = templates.password(step.secret_access_key, f"{id}.secretAccessKey")
        keys.secret_access_key.CopyFrom(secret)
    return keys


def _domain(registry: Text | None) -> str:
    """Return the host and port of a registry; one with a hole is left to the run."""
    if registry is None:
        return DOCKER_HUB
    return registry.text if holes(registry.text) else normalise_domain(registry.text)


def _path(name: Text) -> str:
    """Return the path of an image name; one that begins with a hole is left to the run."""
    begins_with_hole = name.text.startswith("${{")
    return name.text if begins_with_hole else split_reference(name.text).path
