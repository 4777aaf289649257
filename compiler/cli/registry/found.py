"""What files of other programs say of registries, brought into our words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress

from compiler.cli.account_file import read_source, refuse_mistakes
from compiler.cli.registry.wanted import Wanted
from compiler.diagnostics import Findings, TooManyErrors
from compiler.record import Record
from compiler.syntax.nodes import Node, value_of
from compiler.syntax.yaml_reader import read_yaml
from freshet.references import DOCKER_HUB, normalise_domain

_BY_DOMAIN = (
    (re.compile(re.escape(DOCKER_HUB)), "dockerhub"),
    (re.compile(r"ghcr\.io"), "ghcr"),
    (re.compile(r"quay\.io"), "quay"),
    (re.compile(r"\d{12}\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?"), "ecr"),
    (re.compile(r"([a-z]+\.)?gcr\.io"), "gcr"),
    (re.compile(r"[a-z0-9-]+-docker\.pkg\.dev"), "gar"),
    (re.compile(r"[a-z0-9-]+\.azurecr\.(io|cn|us)"), "acr"),
)


class Found(Record):
    """What a file brings."""

    registries: tuple[Wanted, ...]
    notes: tuple[str, ...]
    """What of it could not be taken over, and what to do about that; begins with the name."""


def load(path: str, what: str) -> object:
    """Return what stands in a JSON or YAML file that may hold secrets.

    Raises:
        CommandError: it cannot be read; its lines are not shown.
    """
    source, findings = read_source(path, what), Findings()
    root: Node | None = None
    with suppress(TooManyErrors):
        root = read_yaml(source, findings)
    refuse_mistakes(source, findings, what, secret=True)
    return value_of(root) if root else None


def mapping_of(value: object) -> Mapping[str, object]:
    """Return a mapping as it is, and an empty one for everything else."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[object]:
    """Return a list as it is, and an empty one for everything else."""
    return value if isinstance(value, list) else []


def text_of(value: object) -> str:
    """Return a text as it is, and an empty one for everything else."""
    return value if isinstance(value, str) else ""


def split_domain(text: str) -> tuple[str, str]:
    """Return the domain in a host with path, and the path, which is a prefix of image names."""
    domain, _, path = normalise_domain(text).partition("/")
    return normalise_domain(domain), path


def provider_of(domain: str) -> str:
    """Return who runs the registry of a domain, as far as that shows."""
    return next((word for form, word in _BY_DOMAIN if form.fullmatch(domain)), "other")


def joined(*paths: str) -> str:
    """Return paths as one."""
    return "/".join(filter(None, (path.strip("/") for path in paths)))


def one_primary(registries: Iterable[Wanted]) -> tuple[Wanted, ...]:
    """Leave the first primary registry of each domain; the service would have each take it."""
    taken: set[str] = set()
    kept = []
    for wanted in registries:
        domain = wanted.registry.domain
        wanted.registry.primary = wanted.registry.primary and domain not in taken
        if wanted.registry.primary:
            taken.add(domain)
        kept.append(wanted)
    return tuple(kept)
