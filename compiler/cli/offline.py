"""The compiler's questions, asked of a catalog: a file that describes an account.

The rules are those of the registry service, which answers as a process of its own: it starts within
a tenth of a second, keeps nothing and needs no network.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from compiler import mistakes
from compiler.account import Account
from compiler.catalog import Catalog, CatalogRegistry, read_catalog
from compiler.cli.account_file import read_source, refuse_mistakes
from compiler.cli.exits import UNREACHABLE, CommandError
from compiler.cli.registry.facts import DEFAULT_PUSHES, PROVIDERS
from compiler.cli.resolutions import answer_of, query_of
from compiler.diagnostics import Findings, TooManyErrors
from compiler.mistakes.catalog import SECRET_IN_CATALOG
from compiler.registries import (
    Registries,
    RepositoryAnswer,
    RepositoryQuestion,
    UnknownRegistries,
)
from compiler.source import Source, Span
from freshet.registry.v1 import catalog_pb2 as messages
from freshet.registry.v1.registry_pb2 import (
    EcrLogin,
    GoogleLogin,
    PasswordLogin,
    Registry,
    RegistryLogin,
    RegistrySettings,
)
from freshet.rpc.names import REGISTRIES

_WHAT = "catalog"
_LIMIT_S = 60.0
"""Longest wait for the answer."""
_MOST_FAULTS = 100
"""So many broken rules of a catalog are told at once."""

_KEYS = {
    "registry_id": "name",
    "repository_prefix": "prefix",
    "fallback_registry": "fallback",
    "cache_registry": "cache",
    "default_registry": "default",
    "login.ecr.region": "region",
    "login.google.keyfile_json": "project",
}
"""What the file calls the fields of the contract, where it calls them otherwise."""


def open_catalog(path: Path) -> tuple[Registries, Account]:
    """Return who answers about the account that the file at `path` describes.

    Raises:
        CommandError: the file cannot be read, or has mistakes, which are printed.
    """
    source = read_source(str(path), _WHAT)
    findings = Findings()
    with suppress(TooManyErrors):
        catalog = read_catalog(source, findings)
    _refuse_mistakes(source, findings)
    if catalog.registries is None:
        return UnknownRegistries(), catalog.account
    return CatalogRegistries(catalog, source), catalog.account


class CatalogRegistries:
    """The registries of a catalog."""

    def __init__(self, catalog: Catalog, source: Source) -> None:
        """Answer from `catalog`, which was read from `source`."""
        self._registries = catalog.registries or ()
        self._message = _message(self._registries, catalog.default_push)
        self._source = source

    @property
    def names(self) -> tuple[str, ...]:
        """The names that pipelines use."""
        return tuple(each.name for each in self._registries)

    def resolve_repositories(
        self, questions: Sequence[RepositoryQuestion]
    ) -> Sequence[RepositoryAnswer]:
        """Return what the steps do with registries.

        Raises:
            CommandError: the catalog breaks rules of registries, which are printed.
        """
        queries = [query_of(each) for each in questions]
        resolution = _ask(messages.CatalogQuery(catalog=self._message, queries=queries))
        findings = Findings()
        for fault in resolution.faults[:_MOST_FAULTS]:
            key = _KEYS.get(fault.field, fault.field)
            place = self._place(fault.registry, key)
            findings.add(mistakes.broken_registry_rule(key, fault.message, place))
        _refuse_mistakes(self._source, findings)
        return [answer_of(each) for each in resolution.resolutions]

    def _place(self, registry: str, key: str) -> Span:
        """Return where `key` stands; the name of the registry when it was not written."""
        owner = next(
            each
            for each in self._registries
            if REGISTRIES.name(each.name) == registry or (not registry and key in each.flags)
        )
        return owner.places.get(key, owner.places["name"])


def _refuse_mistakes(source: Source, findings: Findings) -> None:
    secret = any(each.code == SECRET_IN_CATALOG for each in findings.in_order())
    refuse_mistakes(source, findings, _WHAT, secret=secret)


def _ask(query: messages.CatalogQuery) -> messages.CatalogResolution:
    # -P: the directory it is started in must not be able to shadow a module.
    command = [sys.executable, "-P", "-m", "registry_service.offline"]
    sent = query.SerializeToString()
    try:
        ended = subprocess.run(command, input=sent, capture_output=True, timeout=_LIMIT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(
            UNREACHABLE, f"the rules of registries do not answer: {error}"
        ) from error
    if ended.returncode:
        said = ended.stderr.decode(errors="replace").strip()
        raise CommandError(UNREACHABLE, f"the rules of registries do not answer: {said}")
    return messages.CatalogResolution.FromString(ended.stdout)


def _message(registries: Sequence[CatalogRegistry], default_push: str) -> messages.Catalog:
    roles = {
        flag: REGISTRIES.name(each.name)
        for each in registries
        for flag in ("default", "cache")
        if flag in each.flags
    }
    return messages.Catalog(
        registries=[_registry(each) for each in registries],
        registry_settings=RegistrySettings(
            default_registry=roles.get("default", ""),
            cache_registry=roles.get("cache", ""),
            default_push=DEFAULT_PUSHES[default_push],
        ),
    )


def _registry(registry: CatalogRegistry) -> Registry:
    texts = registry.texts
    fallback = texts.get("fallback")
    return Registry(
        name=REGISTRIES.name(registry.name),
        provider=PROVIDERS[texts.get("provider", "other")],
        domain=texts.get("domain", ""),
        repository_prefix=texts.get("prefix", ""),
        fallback_registry=REGISTRIES.name(fallback) if fallback else "",
        primary="primary" in registry.flags,
        behind_firewall="behind_firewall" in registry.flags,
        login=_login(texts),
    )


def _login(texts: Mapping[str, str]) -> RegistryLogin | None:
    """Return what a catalog may say of a login: everything but its secret."""
    if "region" in texts:
        return RegistryLogin(ecr=EcrLogin(region=texts["region"]))
    if "project" in texts:
        google = GoogleLogin(project_id=texts["project"])
        return RegistryLogin(google=google, secret_set=True)
    if "username" in texts:
        password = PasswordLogin(username=texts["username"])
        return RegistryLogin(password=password, secret_set=True)
    return None
