"""Steps → operations."""

from __future__ import annotations

from compiler.language.pipeline import CloneStep, InlineDockerfile
from compiler.language.values import Text
from compiler.model.steps import Inline, Open, ResolvedBuild, ResolvedPush
from compiler.planning.templates import Templates
from compiler.registries import Omission, Repository
from compiler.syntax.templates import holes
from freshet.plan.v1 import operation_pb2 as messages
from freshet.plan.v1.operation_pb2 import TagPolicy
from freshet.references import normalise_domain, split_reference

_LABELS = {
    "io.codefresh.repo.branch": "CF_BRANCH",
    "io.codefresh.repo.commit.message": "CF_COMMIT_MESSAGE",
    "io.codefresh.repo.commit.url": "CF_COMMIT_URL",
    "io.codefresh.repo.name": "CF_REPO_NAME",
    "io.codefresh.repo.owner": "CF_REPO_OWNER",
    "io.codefresh.repo.sha": "CF_REVISION",
    "org.opencontainers.image.revision": "CF_REVISION",
    "org.opencontainers.image.source": "CF_COMMIT_URL",
}
"""Labels of built images and the variables they tell, sorted."""


def clone_operation(step: CloneStep, templates: Templates) -> messages.CloneOperation:
    """Return what a clone step does."""
    operation = messages.CloneOperation(
        repository=templates.template(step.repo),
        revision=templates.template(step.revision),
        git_integration=templates.template(step.git),
        parent_directory=templates.template(step.working_directory),
        depth=int(step.depth.value) if step.depth else 0,
    )
    if step.credentials:
        operation.username.CopyFrom(templates.template(step.credentials.username))
        password = templates.password(step.credentials.password, step.name.text)
        operation.password.CopyFrom(password)
    for flag, field in (
        (step.use_proxy, operation.proxy_used),
        (step.exclude_blobs, operation.blobs_excluded),
        (step.skip_tags_on_update, operation.tags_skipped),
    ):
        if flag:
            field.CopyFrom(templates.flag(flag))
    return operation


def build_operation(resolved: ResolvedBuild, templates: Templates) -> messages.BuildOperation:
    """Return the build of a build step."""
    step = resolved.step
    operation = messages.BuildOperation(
        image_name=templates.template(step.image_name),
        tags=templates.templates(resolved.tags),
        tag_policy=_tag_policy(step.tag_policy),
        context_directory=templates.template(resolved.directory),
        build_arguments=[_named(argument, templates) for argument in step.build_arguments],
        labels=_labels(templates),
        target=templates.template(step.target),
        platforms=[templates.template(part) for part in _split(step.platform)],
        cache_sources=templates.templates(step.cache_from),
        secrets=[
            messages.BuildSecret(id=secret.id.text, source_path=templates.template(secret.src))
            for secret in step.secrets
        ],
        pull_registries=[_selector(context, templates) for context in step.registry_contexts],
        progress=templates.template(step.progress),
    )
    if isinstance(step.dockerfile, InlineDockerfile):
        operation.dockerfile_content.CopyFrom(templates.template(step.dockerfile.content))
    else:
        operation.dockerfile_path.CopyFrom(templates.template(step.dockerfile or "Dockerfile"))
    for flag, field in (
        (step.no_cache, operation.layer_cache_disabled),
        (step.no_cf_cache, operation.image_cache_disabled),
        (step.squash, operation.squashed),
    ):
        if flag:
            field.CopyFrom(templates.flag(flag))
    return operation


def push_of_build(resolved: ResolvedBuild, templates: Templates) -> messages.Operation | None:
    """Return the push of a build step; None: it pushes nothing."""
    step = resolved.step
    if isinstance(resolved.destination, Omission):
        return None
    push = messages.PushOperation(
        image=messages.ImageSource(step_id=step.name.text),
        tags=templates.templates(resolved.tags),
        tag_policy=_tag_policy(step.tag_policy),
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
    operation = messages.Operation(push=push)
    if step.disable_push and isinstance(step.disable_push.value, str):
        operation.disabled.CopyFrom(templates.flag(step.disable_push))
    return operation


def push_operation(resolved: ResolvedPush, templates: Templates) -> messages.PushOperation:
    """Return what a push step does."""
    step = resolved.step
    push = messages.PushOperation(
        image=_image_source(resolved, templates),
        tags=templates.templates(resolved.tags),
        tag_policy=TagPolicy.TAG_POLICY_ORIGINAL,
    )
    match resolved.destination:
        case Repository() as repository:
            push.resolved.CopyFrom(_resolved(repository))
        case Inline():
            push.inline.CopyFrom(_inline(resolved, templates))
        case Open():
            push.deferred.CopyFrom(
                messages.DeferredDestination(
                    registry_id=templates.template(step.registry),
                    image_name=templates.template(resolved.image_name),
                    from_candidate=resolved.from_candidate,
                )
            )
    if step.registry_context:
        push.pull_registry.CopyFrom(_selector(step.registry_context, templates))
    return push


def _inline(resolved: ResolvedPush, templates: Templates) -> messages.InlineDestination:
    step = resolved.step
    inline = messages.InlineDestination(
        domain=templates.template(_domain(step.registry)),
        image_name=templates.template(_path(resolved.image_name)),
    )
    if step.credentials:
        inline.password.username.CopyFrom(templates.template(step.credentials.username))
        password = templates.password(step.credentials.password, step.name.text)
        inline.password.password.CopyFrom(password)
    return inline


def _domain(registry: Text | None) -> str:
    """Return the host and port of a registry; one with a hole is left to the run."""
    if registry is None or holes(registry.text):
        return registry.text if registry else ""
    return normalise_domain(registry.text)


def _path(name: Text) -> str:
    """Return the path of an image name; one that begins with a hole is left to the run."""
    begins_with_hole = name.text.startswith("${{")
    return name.text if begins_with_hole else split_reference(name.text).path


def _image_source(resolved: ResolvedPush, templates: Templates) -> messages.ImageSource:
    if resolved.image_of:
        return messages.ImageSource(step_id=resolved.image_of)
    return messages.ImageSource(reference=templates.template(resolved.step.candidate))


def _resolved(repository: Repository) -> messages.ResolvedDestination:
    return messages.ResolvedDestination(
        registry=repository.registry, repository=repository.repository
    )


def _tag_policy(policy: Text | None) -> TagPolicy.ValueType:
    if policy and policy.text == "original":
        return TagPolicy.TAG_POLICY_ORIGINAL
    return TagPolicy.TAG_POLICY_LOWERCASE


def _named(argument: Text, templates: Templates) -> messages.NamedTemplate:
    """Return a build argument; one without value takes that of the variable of its name."""
    name, equals, value = argument.text.partition("=")
    text = value if equals else f"${{{{{name}}}}}"
    return messages.NamedTemplate(name=name, value=templates.template(text))


def _labels(templates: Templates) -> list[messages.NamedTemplate]:
    return [
        messages.NamedTemplate(name=label, value=templates.template(f"${{{{{variable}}}}}"))
        for label, variable in _LABELS.items()
        if variable in templates.scope.variables
    ]


def _split(platform: Text | None) -> list[str]:
    return [part.strip() for part in platform.text.split(",")] if platform else []


def _selector(name: Text, templates: Templates) -> messages.RegistrySelector:
    return messages.RegistrySelector(registry_id=templates.template(name))
