"""A build step → building, signing and noting."""

from __future__ import annotations

from compiler.language.parts import Buildx, CloudBuild, Cosign, Driver, InlineDockerfile, Qemu
from compiler.language.steps import BuildStep
from compiler.language.values import Flag, Text
from compiler.model.steps import ResolvedBuild
from compiler.planning.images import aws_access, selectors, tag_policy
from compiler.planning.templates import Templates
from compiler.planning.times import count, span_of_time
from freshet.plan.v1 import expression_pb2 as expressions
from freshet.plan.v1 import operation_pb2 as messages

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
_DRIVER = "docker-container"
_EMULATORS = "tonistiigi/binfmt:latest"
_ALL_PLATFORMS = "all"


def build_operation(resolved: ResolvedBuild, templates: Templates) -> messages.BuildOperation:
    """Return the build of a build step."""
    step = resolved.step
    operation = messages.BuildOperation(
        image_name=templates.template(step.image_name),
        tags=templates.templates(resolved.tags),
        tag_policy=tag_policy(step.tag_policy),
        context_directory=templates.template(resolved.directory),
        build_arguments=templates.named(_with_value(each) for each in step.build_arguments),
        labels=_labels(templates),
        target=templates.template(step.target),
        platforms=templates.templates(_split(step.platform)),
        layer_cache_disabled=templates.flag(step.no_cache),
        image_cache_disabled=templates.flag(step.no_cf_cache),
        cache_sources=templates.templates(step.cache_from),
        cache_destinations=templates.templates(step.cache_to),
        secrets=_secrets(step, templates),
        ssh=_ssh(step, templates),
        pull_registries=selectors(step.registry_contexts, templates),
        builder=_builder(step, resolved.id, templates),
        progress=templates.template(step.progress),
        squashed=templates.flag(step.squash),
        aws_access=aws_access(step, templates),
    )
    if isinstance(step.dockerfile, InlineDockerfile):
        operation.dockerfile_content.CopyFrom(templates.template(step.dockerfile.content))
    else:
        operation.dockerfile_path.CopyFrom(templates.template(step.dockerfile or "Dockerfile"))
    return operation


def sign_operation(resolved: ResolvedBuild, templates: Templates) -> messages.Operation | None:
    """Return the signing of the image that is built; None: it is not signed."""
    cosign = resolved.step.cosign
    if cosign is None or cosign.sign.value is False:
        return None
    sign = messages.SignOperation(image=messages.ImageSource(step_id=resolved.id))
    _lower_options(cosign, sign, resolved.id, templates)
    disabled = None if cosign.sign.is_true else templates.flag(cosign.sign, negated=True)
    return messages.Operation(sign=sign, disabled=disabled)


def _lower_options(
    cosign: Cosign, sign: messages.SignOperation, id: str, templates: Templates
) -> None:
    """Write the options of the signer; those of the key have fields of their own."""
    for key, text in sorted((entry.key.text, text) for entry, text in cosign.options):
        match key:
            case "key":
                sign.key_path.CopyFrom(templates.template(text))
            case "key-pass":
                sign.key_passphrase.CopyFrom(templates.password(text, f"{id}.key-pass"))
            case _:
                sign.options.add(name=key, value=templates.template(text))


def _builder(step: BuildStep, id: str, templates: Templates) -> messages.Builder | None:
    if step.provider:
        return messages.Builder(google_cloud_build=_cloud_build(step.provider, id, templates))
    match step.buildx:
        case None | Flag(value=False):
            return None
        case Flag() as flag:
            disabled = None if flag.is_true else templates.flag(flag, negated=True)
            return messages.Builder(dedicated=_dedicated(Buildx(), disabled, templates))
        case buildx:
            return messages.Builder(dedicated=_dedicated(buildx, None, templates))


def _dedicated(
    buildx: Buildx, disabled: expressions.Flag | None, templates: Templates
) -> messages.DedicatedBuilder:
    driver, qemu = buildx.builder or Driver(), buildx.qemu or Qemu()
    return messages.DedicatedBuilder(
        driver=templates.template(driver.driver or _DRIVER),
        driver_options=templates.template(driver.driver_opts),
        emulator_image=templates.template(qemu.image or _EMULATORS),
        emulator_platforms=templates.template(qemu.platforms or _ALL_PLATFORMS),
        disabled=disabled,
    )


def _cloud_build(build: CloudBuild, id: str, templates: Templates) -> messages.GoogleCloudBuild:
    key = build.google_app_creds
    return messages.GoogleCloudBuild(
        credentials=templates.password(key, f"{id}.google_app_creds") if key else None,
        cache_repository=templates.template(build.cache.repo),
        cache_lifetime=span_of_time(build.cache.ttl.text if build.cache.ttl else "336h"),
        timeout=span_of_time(build.timeout.text if build.timeout else "10m"),
        machine_type=templates.template(build.machine_type),
        disk_size_gb=count(build.disk_size_gb, 0),
        logs_bucket=templates.template(build.logs_bucket),
    )


def _with_value(argument: Text) -> Text:
    """Return a build argument; one without value takes that of the variable of its name."""
    if "=" in argument.text or "${{" in argument.text:
        return argument
    return Text(f"{argument.text}=${{{{{argument.text}}}}}", argument.span)


def _labels(templates: Templates) -> list[messages.NamedTemplate]:
    return [
        messages.NamedTemplate(name=label, value=templates.template(f"${{{{{variable}}}}}"))
        for label, variable in _LABELS.items()
        if variable in templates.scope.variables
    ]


def _split(platform: Text | None) -> list[str]:
    parts = platform.text.split(",") if platform else ()
    return [part.strip() for part in parts if part.strip()]


def _secrets(step: BuildStep, templates: Templates) -> list[messages.BuildSecret]:
    return [
        messages.BuildSecret(id=secret.id.text, source_path=templates.template(secret.src))
        for secret in step.secrets
    ]


def _ssh(step: BuildStep, templates: Templates) -> list[messages.BuildSsh]:
    return [
        messages.BuildSsh(id=pair.key.text, path=templates.template(pair.value))
        for pair in step.ssh
    ]
