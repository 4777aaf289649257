"""Reads registries of a Codefresh account: its API's list, or the state of its Terraform provider.

Both say the same in other words. Lists of the API hold no secrets, states of Terraform do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from shlex import quote

from compiler.cli.exits import WRONG_USE, CommandError
from compiler.cli.registry.fields import FROM_SERVICE_ACCOUNT, build
from compiler.cli.registry.form import SECRETS, set_field
from compiler.cli.registry.found import (
    Found,
    joined,
    list_of,
    load,
    mapping_of,
    one_primary,
    provider_of,
    split_domain,
    text_of,
)
from compiler.cli.registry.wanted import Wanted
from compiler.record import Record

_Said = Mapping[str, object]
_PROVIDERS = {
    "dockerhub": "dockerhub",
    "ecr": "ecr",
    "gcr": "gcr",
    "gar": "gar",
    "acr": "acr",
    "bintray": "artifactory",
    "other": "other",
}
_READ = frozenset({
    "_id", "id", "name", "provider", "domain", "default", "primary", "internal",
    "repositoryPrefix", "fallbackRegistry", "behindFirewall", "region", "accessKeyId",
    "secretAccessKey", "getCredsFromServiceAccount", "keyfile", "clientId", "clientSecret",
    "username", "password", "token", "location",
})  # fmt: skip
_WITHOUT_MEANING = frozenset({
    "__v", "accountId", "account", "kind", "denyCompositeDomain", "metadata", "createdAt",
    "updatedAt",
})  # fmt: skip
"""What our service finds out or decides itself."""
_TERRAFORM_TYPE = "codefresh_registry"
_TERRAFORM_WORDS = {
    "repository_prefix": "repositoryPrefix",
    "fallback_registry": "fallbackRegistry",
    "behind_firewall": "behindFirewall",
    "access_key_id": "accessKeyId",
    "secret_access_key": "secretAccessKey",
    "client_id": "clientId",
    "client_secret": "clientSecret",
}


class _Login(Record):
    """How a record logs in."""

    method: str
    texts: Mapping[str, str]
    """What our file would say of it; also the options that say it."""
    secret: str
    """Empty: it is not in the file."""
    needs_secret: bool = True

    @property
    def options(self) -> str:
        """What gives a registry this login afterwards."""
        if self.method == "google":
            return "--keyfile FILE"
        said = [f"--{key.replace('_', '-')} {quote(text)}" for key, text in self.texts.items()]
        return " ".join([*said, "--secret-from prompt"])


def read_codefresh(path: str) -> Found:
    """Return the registries of a list as `GET /registries` answers it.

    Raises:
        CommandError: it is none.
    """
    content = load(path, "list of registries")
    listed = content if isinstance(content, list) else mapping_of(content).get("registries")
    if not isinstance(listed, list):
        raise CommandError(
            WRONG_USE, f'"{path}" is no list of registries', "save what `GET /registries` answers"
        )
    records = [mapping_of(each) for each in listed]
    return _found([_without_secrets(each) for each in records])


def read_terraform(path: str) -> Found:
    """Return the registries of a state of Terraform.

    Raises:
        CommandError: there is none in it.
    """
    records = list(_terraform_records(mapping_of(load(path, "state of Terraform"))))
    if not records:
        raise CommandError(
            WRONG_USE,
            f'there is no resource of type {_TERRAFORM_TYPE} in "{path}"',
            "save what `terraform show -json` prints",
        )
    return _found(records)


def _terraform_records(state: _Said) -> Iterator[_Said]:
    """Yield the attributes of registries in the words of the API."""
    waiting = [mapping_of(mapping_of(state.get("values")).get("root_module"))]
    resources = [mapping_of(each) for each in list_of(state.get("resources"))]
    while waiting:
        module = waiting.pop()
        resources += [mapping_of(each) for each in list_of(module.get("resources"))]
        waiting += [mapping_of(each) for each in list_of(module.get("child_modules"))]
    for resource in resources:
        if resource.get("type") != _TERRAFORM_TYPE:
            continue
        instances = [mapping_of(each) for each in list_of(resource.get("instances"))]
        values = [resource.get("values"), *(each.get("attributes") for each in instances)]
        yield from (_terraform_record(mapping_of(each)) for each in values if each)


def _terraform_record(values: _Said) -> _Said:
    record = {key: value for key, value in values.items() if key != "spec"}
    for spec in list_of(values.get("spec")):
        for provider, blocks in mapping_of(spec).items():
            for block in list_of(blocks):
                record |= {"provider": provider, **mapping_of(block)}
    return {_TERRAFORM_WORDS.get(key, key): value for key, value in record.items()}


def _without_secrets(record: _Said) -> _Said:
    secrets = ("password", "token", "secretAccessKey", "keyfile", "clientSecret")
    return {key: value for key, value in record.items() if key not in secrets}


def _found(records: list[_Said]) -> Found:
    names = {
        text_of(each.get("_id") or each.get("id")): text_of(each.get("name")) for each in records
    }
    notes: list[str] = []
    wanted = (_wanted(each, names, notes) for each in records)
    return Found(registries=one_primary(each for each in wanted if each), notes=tuple(notes))


def _wanted(record: _Said, names: Mapping[str, str], notes: list[str]) -> Wanted | None:
    """Return our registry for one of the account; None when there can be none."""
    name, word = text_of(record.get("name")), text_of(record.get("provider"))
    if not name or word not in _PROVIDERS:
        notes.append(f'{name or "a registry without a name"}: provider "{word}" is not known here')
        return None
    texts = _texts(name, record, names, notes)
    login = _login(record, texts["provider"])
    known = login.secret or not login.needs_secret
    flags = {
        "primary": record.get("primary") is True,
        "behind_firewall": record.get("behindFirewall") is True,
    }
    registry, _ = build({**texts, **(login.texts if known else {})}, flags)
    if login.secret:
        set_field(registry, SECRETS[login.method][0], login.secret)
    elif not known:
        notes.append(
            f"{name}: added without its login, whose secret is not in the file; "
            f"`freshet registry update {name} {login.options}` gives it one"
        )
    _note_rest(name, record, notes)
    return Wanted(name=name, registry=registry, paths=(), roles=_roles(name, record, notes))


def _texts(name: str, record: _Said, names: Mapping[str, str], notes: list[str]) -> dict[str, str]:
    provider = _PROVIDERS[text_of(record.get("provider"))]
    domain, path = split_domain(text_of(record.get("domain") or record.get("location")))
    if path:
        notes.append(f'{name}: the path "{path}" of its domain became the prefix of image names')
    if provider in ("dockerhub", "ecr") and domain in ("docker.io", FROM_SERVICE_ACCOUNT):
        domain = ""  # the service knows it
    if provider == "other":
        provider = provider_of(domain) if provider_of(domain) in ("ghcr", "quay") else provider
    texts = {"name": name, "provider": provider, "domain": domain}
    texts["prefix"] = joined(path, text_of(record.get("repositoryPrefix")))
    if fallback := text_of(record.get("fallbackRegistry")):
        if fallback in names:
            texts["fallback"] = names[fallback]
        else:
            notes.append(f'{name}: its fallback "{fallback}" is not in the file')
    return {key: value for key, value in texts.items() if value}


def _login(record: _Said, provider: str) -> _Login:
    """Return how a record logs in, whether its secret is known or not."""
    said = {key: text_of(record.get(key)) for key in _READ}
    match provider:
        case "ecr" if record.get("getCredsFromServiceAccount") is True:
            texts = {"region": said["region"]}
            return _Login(method="ecr", texts=texts, secret="", needs_secret=False)
        case "ecr":
            texts = {"region": said["region"], "access_key_id": said["accessKeyId"] or "ID"}
            return _Login(method="ecr", texts=texts, secret=said["secretAccessKey"])
        case "gcr" | "gar":
            return _Login(method="google", texts={}, secret=said["keyfile"])
        case "acr":
            texts = {"client_id": said["clientId"] or "ID"}
            return _Login(method="azure", texts=texts, secret=said["clientSecret"])
        case _:
            texts = {"username": said["username"] or "NAME"}
            secret = said["password"] or said["token"]
            return _Login(method="password", texts=texts, secret=secret)


def _roles(name: str, record: _Said, notes: list[str]) -> Mapping[str, bool]:
    roles = {"default": True} if record.get("default") is True else {}
    if record.get("internal") is True:
        if record.get("provider") == "dockerhub":
            notes.append(f"{name}: Docker Hub cannot be the caching registry here")
        else:
            roles["cache"] = True
    return roles


def _note_rest(name: str, record: _Said, notes: list[str]) -> None:
    """Tell what is not understood."""
    unknown = sorted(record.keys() - _READ - _WITHOUT_MEANING)
    if unknown:
        notes.append(f"{name}: not understood and left out: {', '.join(unknown)}")
