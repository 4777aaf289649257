"""Answers what a step does with registries: the one place where all rules come together.

Pure: it answers from a snapshot and asks nobody. The service, the catalog that is read offline and
the runner's late questions all end here.
"""

from __future__ import annotations

from registry_service.choosing import PUSH_DISABLED, Choice, choose
from registry_service.contexts import read_contexts
from registry_service.naming import name_in
from registry_service.queries import Notice, Notices, Query, Repository, Resolution, Result
from registry_service.registries import Kind, Registry
from registry_service.rules import kind_of
from registry_service.snapshot import Snapshot


def resolve(query: Query, snapshot: Snapshot) -> Resolution:
    """Return what the step of `query` does with the registries of `snapshot`."""
    choice, warnings = choose(query, snapshot)
    result, more_warnings = _result(query, choice)
    return Resolution(result, warnings + more_warnings, _step_faults(query, choice, snapshot))


def _result(query: Query, choice: Choice) -> tuple[Result, Notices]:
    if not isinstance(choice, Registry):
        return choice, ()
    if query.push_disabled:
        return PUSH_DISABLED, ()
    if query.image_name is None:
        return Repository(registry=choice, repository=""), ()
    return name_in(choice, query.image_name, query)


def _step_faults(query: Query, choice: Choice, snapshot: Snapshot) -> Notices:
    faults: Notices = ()
    if query.registry_contexts:
        _, faults = read_contexts(query.registry_contexts, snapshot)
    if query.ecr_required and isinstance(choice, Registry) and _kind(choice) is not Kind.ECR:
        faults += (_no_ecr(choice),)
    if query.google_login_required and Kind.GOOGLE not in map(kind_of, snapshot.providers):
        faults += (_NO_GOOGLE_LOGIN,)
    return faults


def _kind(registry: Registry) -> Kind:
    return kind_of(registry.provider)


def _no_ecr(registry: Registry) -> Notice:
    return Notice(
        reason="REGISTRY_NOT_ECR",
        code=206,
        about="ecr_required",
        message=f'the step sets a region of AWS, but the registry "{registry.id}" is not of '
        "Amazon ECR",
        help="leave `region` out, or name a registry of Amazon ECR",
        facts={"registry": registry.id},
    )


_NO_GOOGLE_LOGIN = Notice(
    reason="GOOGLE_LOGIN_MISSING",
    code=206,
    about="google_login_required",
    message="a build on Google Cloud Build needs a login of Google, and no registry has one",
    help="set `google_app_creds`, or connect a registry of Google: `freshet registry add`",
)
