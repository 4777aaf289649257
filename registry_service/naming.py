"""How an image is named in a registry: domain, prefix, project. Pure."""

from __future__ import annotations

from freshet.references import DOCKER_HUB, MAX_NAME_LENGTH, Reference, is_path, split_reference
from registry_service.queries import Notice, Notices, Query, Repository, Result
from registry_service.registries import GoogleLogin, PasswordLogin, Provider, Registry

_GAR_SEGMENT_COUNT = 3  # project, repository, image


def name_in(registry: Registry, image_name: str, query: Query) -> tuple[Result, Notices]:
    """Return the repository that `image_name` is in `registry`, and warnings."""
    written = split_reference(image_name)
    if fault := _domain_fault(query, registry, written):
        return fault, ()
    path, warnings = _path(query, registry, written)
    fault = _path_fault(registry, path, image_name)
    if fault:
        return fault, warnings
    if path != path.lower():
        warnings += (_upper_case(path),)
    return Repository(registry=registry, repository=f"{registry.domain}/{path}"), warnings


def _domain_fault(query: Query, registry: Registry, written: Reference) -> Notice | None:
    if query.from_candidate or written.domain in ("", registry.domain):
        return None
    return Notice(
        reason="DOMAIN_MISMATCH",
        about="image_name",
        message=f'the image name has the domain "{written.domain}", but the registry '
        f'"{registry.id}" is at "{registry.domain}"',
        help="leave the domain out of `image_name`, or name the registry of that domain",
        facts={
            "image_domain": written.domain,
            "registry": registry.id,
            "registry_domain": registry.domain,
        },
    )


def _path(query: Query, registry: Registry, written: Reference) -> tuple[str, Notices]:
    path, prefix = written.path, registry.repository_prefix
    if query.from_candidate:
        at_home = (written.domain or DOCKER_HUB) == registry.domain
    else:
        at_home = bool(written.domain)  # other domains were refused
        prefix = "" if at_home else prefix
    if prefix:
        has_prefix = path == prefix or path.startswith(f"{prefix}/")
        if has_prefix and at_home:
            return path, ()
        return f"{prefix}/{path}", (_doubled(path, prefix),) if has_prefix else ()
    project = _project(registry)
    if project and not at_home and not path.startswith(f"{project}/"):
        return f"{project}/{path}", ()
    return path, ()


def _project(registry: Registry) -> str:
    if registry.provider is Provider.GCR and isinstance(registry.login, GoogleLogin):
        return registry.login.project_id.replace(":", "/")  # `example.com:project`
    return ""


def _path_fault(registry: Registry, path: str, image_name: str) -> Notice | None:
    too_long = len(registry.domain) + 1 + len(path) > MAX_NAME_LENGTH
    if too_long or not is_path(path.lower()):
        return Notice(
            reason="IMAGE_NAME_INVALID",
            about="image_name",
            message=f'"{image_name}" cannot be the name of an image',
            help="write words of a-z and 0-9, joined by `/`, `.`, `_`, `__` or `-`, at most "
            f"{MAX_NAME_LENGTH} characters with domain and prefix",
            facts={"image_name": image_name},
        )
    segment_count = path.count("/") + 1
    if registry.provider is Provider.GAR and segment_count < _GAR_SEGMENT_COUNT:
        return Notice(
            reason="REPOSITORY_MISSING",
            about="image_name",
            message=f'"{path}" is too short for Google Artifact Registry',
            help="write `<project>/<repository>/<image>`, or put the first two into the "
            "registry's prefix",
            facts={"path": path, "registry": registry.id},
        )
    if registry.domain == DOCKER_HUB and segment_count == 1:
        return _namespace_missing(registry, path)
    return None


def _namespace_missing(registry: Registry, path: str) -> Notice:
    user = registry.login.username if isinstance(registry.login, PasswordLogin) else "<user>"
    return Notice(
        reason="NAMESPACE_MISSING",
        about="image_name",
        message=f'"{path}" has no user before its name, which Docker Hub refuses',
        help=f"set `image_name: {user}/{path}`",
        facts={"path": path, "registry": registry.id},
    )


def _doubled(path: str, prefix: str) -> Notice:
    return Notice(
        reason="PREFIX_DOUBLED",
        about="image_name",
        message=f'"{path}" already begins with the registry\'s prefix "{prefix}", which is put in '
        "front once more",
        help=f"leave `{prefix}/` out of the image name",
        facts={"path": path, "prefix": prefix},
    )


def _upper_case(path: str) -> Notice:
    return Notice(
        reason="IMAGE_NAME_UPPER_CASE",
        about="image_name",
        message=f'"{path}" has upper case, which Docker refuses',
        help=f"write `{path.lower()}`",
        facts={"path": path},
    )
