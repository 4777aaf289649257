"""Reads the file of registries that `freshet registry apply` takes.

Its keys are those of a catalog and some more; `docs/registries.md` tells them. A catalog can be
applied as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from compiler import mistakes, strict
from compiler.cli.registry.facts import DEFAULT_PUSHES, PROVIDERS
from compiler.cli.registry.fields import build, login_way
from compiler.cli.registry.secret import ENV, FILE, PROMPT, SecretSource, read_text
from compiler.cli.registry.wanted import Wanted, WantedAccount
from compiler.diagnostics import Findings
from compiler.source import START, Source, Span
from compiler.syntax import nodes
from compiler.syntax.nodes import Node, Scalar
from compiler.syntax.yaml_reader import read_yaml

_TEXTS = (
    "name", "provider", "domain", "prefix", "fallback", "username", "region", "access_key_id",
    "project", "client_id", "helper",
)  # fmt: skip
_FLAGS = (
    "default", "cache", "primary", "behind_firewall", "machine_identity", "insecure", "plain_http",
)  # fmt: skip
_SECRETS = ("password", "secret_access_key", "keyfile", "client_secret", "client_key")
_CERTIFICATES = ("ca", "client_certificate")
_VARIABLES = "service_environment"
_ROLES = ("default", "cache")
_SECTIONS = ("registries", "settings", "git", "clusters", "variables")
"""The last ones are of catalogs, and not looked at here."""


def read_registries(source: Source, folder: Path, findings: Findings) -> WantedAccount:
    """Return what the file in `source` wants; it is of use when there are no errors.

    Paths in it begin at `folder`. Files of certificates are read, those of secrets are not.
    """
    root = read_yaml(source, findings)
    if root is None:
        if not findings.has_errors:
            findings.add(mistakes.wrong_type("the file", "a mapping", "nothing", START))
        return WantedAccount(registries=())
    sections = strict.entries(root, "the file", _SECTIONS, findings)
    listed = sections.get("registries")
    items = strict.items("registries", listed, findings) if listed else ()
    reader = _Reader(folder, findings)
    read = [reader.registry(f"registries[{number}]", item) for number, item in enumerate(items)]
    wanted = tuple(each for each in read if each)
    _check_unique(wanted, findings)
    return WantedAccount(
        registries=wanted, default_push=_default_push(sections.get("settings"), findings)
    )


class _Reader:
    """Reads registries; its `findings` collect the mistakes."""

    def __init__(self, folder: Path, findings: Findings) -> None:
        self._folder = folder
        self._findings = findings

    def registry(self, what: str, node: Node) -> Wanted | None:
        known = (*_TEXTS, *_FLAGS, *_SECRETS, *_CERTIFICATES, _VARIABLES)
        values = strict.entries(node, what, known, self._findings)
        if "name" not in values:
            if isinstance(node, nodes.Mapping):
                self._findings.add(mistakes.missing_key("name", node.span, what))
            return None
        texts, flags = self._texts(what, values), self._flags(what, values)
        secrets = self._secrets(what, values)
        places = {key: value.span for key, value in values.items()}
        self._check_login(values, texts.get("provider", ""))
        registry, paths = build(texts, flags, secrets)
        return Wanted(
            name=texts["name"],
            registry=registry,
            paths=paths,
            secret=next((secrets[key] for key in _SECRETS[:-1] if key in secrets), None),
            client_key=secrets.get("client_key"),
            roles={role: flags[role] for role in _ROLES if role in flags},
            places=places,
        )

    def _texts(self, what: str, values: Mapping[str, Node]) -> dict[str, str]:
        texts = {}
        for key, value in values.items():
            if key == "provider":
                texts[key] = strict.choice(f"{what}.{key}", value, tuple(PROVIDERS), self._findings)
            elif key in _TEXTS:
                texts[key] = strict.text(f"{what}.{key}", value, self._findings)
            elif key in _CERTIFICATES:
                texts[key] = self._certificates(f"{what}.{key}", value)
            elif key == _VARIABLES:
                texts |= self._variables(f"{what}.{key}", value)
        return texts

    def _flags(self, what: str, values: Mapping[str, Node]) -> dict[str, bool]:
        return {
            key: strict.flag(f"{what}.{key}", values[key], self._findings)
            for key in _FLAGS
            if key in values
        }

    def _variables(self, what: str, node: Node) -> dict[str, str]:
        known = ("username", "password")
        values = strict.entries(node, what, known, self._findings)
        for key in known:
            if key not in values and isinstance(node, nodes.Mapping):
                self._findings.add(mistakes.missing_key(key, node.span, what))
        return {
            f"service_{key}_env": strict.text(f"{what}.{key}", value, self._findings)
            for key, value in values.items()
        }

    def _certificates(self, what: str, node: Node) -> str:
        if not isinstance(node, nodes.Mapping):
            return strict.text(what, node, self._findings)
        values = strict.entries(node, what, ("file",), self._findings)
        path = strict.text(f"{what}.file", values["file"], self._findings) if values else ""
        return read_text(str(self._folder / path)) if path else ""

    def _secrets(self, what: str, values: Mapping[str, Node]) -> dict[str, SecretSource]:
        read = {
            key: self._secret(f"{what}.{key}", values[key]) for key in _SECRETS if key in values
        }
        return {key: source for key, source in read.items() if source}

    def _secret(self, what: str, node: Node) -> SecretSource | None:
        """Return where a secret is; None after a mistake."""
        if isinstance(node, Scalar):
            self._findings.add(mistakes.secret_written_out(what, node.span))
            return None
        values = strict.entries(node, what, (ENV, FILE, PROMPT), self._findings)
        if len(values) != 1:
            expected = "one of `env`, `file` and `prompt`"
            self._findings.add(mistakes.wrong_type(what, expected, f"{len(values)}", node.span))
            return None
        [(kind, value)] = values.items()
        if kind == PROMPT:
            strict.flag(f"{what}.{kind}", value, self._findings)
            return SecretSource(kind=PROMPT)
        where = strict.text(f"{what}.{kind}", value, self._findings)
        return SecretSource(kind=kind, where=where if kind == ENV else str(self._folder / where))

    def _check_login(self, values: Mapping[str, Node], provider: str) -> None:
        """Tell a second way to log in."""
        first: tuple[str, str] | None = None
        for key, value in values.items():
            way = login_way(key, provider)
            if way and first and way != first[1]:
                message = f'the registry logs in another way already, with "{first[0]}"'
                self._findings.add(mistakes.broken_registry_rule(key, message, value.span))
            first = first or ((key, way) if way else None)


def _default_push(node: Node | None, findings: Findings) -> str:
    if node is None:
        return ""
    value = strict.entries(node, "settings", ("default_push",), findings).get("default_push")
    if value is None:
        return ""
    return strict.choice("settings.default_push", value, tuple(DEFAULT_PUSHES), findings)


def _check_unique(registries: Iterable[Wanted], findings: Findings) -> None:
    """Tell names that are there twice, and a second registry of a role."""
    first: dict[tuple[str, str], Span] = {}
    for wanted in registries:
        given = [role for role, has in wanted.roles.items() if has]
        for key, about, what in (
            ("name", wanted.name, "registry of this name"),
            *((role, "", f"{role} registry") for role in given),
        ):
            place = wanted.places[key]
            if (key, about) in first:
                seen = first[key, about]
                findings.add(mistakes.repeated_in_catalog(wanted.name, what, place, seen))
            first.setdefault((key, about), place)
