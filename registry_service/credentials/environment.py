"""Credentials that stand in the environment of the service."""

from __future__ import annotations

from collections.abc import Mapping

from registry_service.credentials import Credentials
from registry_service.errors import VariableMissing
from registry_service.registries import EnvironmentLogin, Registry


def environment_credentials(
    registry: Registry, login: EnvironmentLogin, environment: Mapping[str, str]
) -> Credentials:
    """Return the credentials of `registry` as `environment` has them now.

    Raises:
        VariableMissing: one of its variables is not set, or empty.
    """
    values = []
    for variable in (login.username_variable, login.password_variable):
        if not (value := environment.get(variable)):
            raise VariableMissing(registry.id, variable)
        values.append(value)
    username, password = values
    return Credentials(domain=registry.domain, username=username, password=password)
