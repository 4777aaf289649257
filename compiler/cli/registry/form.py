"""Reads from options what a registry is to be, or what is to change of it."""

import argparse
from collections.abc import Callable, Mapping

from google.protobuf.message import Message

from compiler.cli.exits import WRONG_USE, CommandError
from compiler.cli.registry.facts import PROVIDERS, tell
from compiler.cli.registry.secret import (
    ENV,
    FILE,
    STDIN,
    SecretSource,
    parse_source,
    read_secret,
    read_text,
    usual_source,
)
from freshet.registry.v1.registry_pb2 import Registry
from freshet.rpc.names import REGISTRIES

SECRETS: Mapping[str, tuple[str, str]] = {
    "password": ("login.password.password", "password"),
    "ecr": ("login.ecr.secret_access_key", "secret access key"),
    "google": ("login.google.keyfile_json", "key file"),
    "azure": ("login.azure.client_secret", "client secret"),
}
"""The field of the secret of each way to log in, and what people call it."""
_PLAIN = {
    "domain": "domain",
    "location": "domain",
    "prefix": "repository_prefix",
    "primary": "primary",
    "behind_firewall": "behind_firewall",
    "plain_http": "transport.plain_http",
    "insecure": "transport.insecure_skip_verify",
}
"""Options, and the fields that they say."""
_READ: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "fallback": ("fallback_registry", lambda name: REGISTRIES.name(name) if name else ""),
    "ca": ("transport.ca_certificates_pem", lambda path: read_text(path) if path else ""),
    "client_certificate": (
        "transport.client_certificate_pem",
        lambda path: read_text(path) if path else "",
    ),
    "client_key": (
        "transport.client_private_key_pem",
        lambda path: read_secret(SecretSource(kind=FILE, where=path), "client key") if path else "",
    ),
}
"""As before, with what makes the value."""
_LOGIN = {
    "username": "login.password.username",
    "region": "login.ecr.region",
    "access_key_id": "login.ecr.access_key_id",
    "client_id": "login.azure.client_id",
    "helper": "login.helper.helper",
    "service_username_env": "login.environment.username_variable",
    "service_password_env": "login.environment.password_variable",
}
_ALONE = {"keyfile": "google", "anonymous": "anonymous"}
"""Options that say the way to log in without a field of their own."""
MACHINES = {
    Registry.PROVIDER_ECR: "ecr",
    Registry.PROVIDER_GCR: "google",
    Registry.PROVIDER_GAR: "google",
    Registry.PROVIDER_ACR: "azure",
}
"""The ways to log in that the identity of a machine may be used with."""


_GOOGLE = (Registry.PROVIDER_GCR, Registry.PROVIDER_GAR)


class Form:
    """A registry in the making, and which fields of it were said."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.paths: list[str] = []

    def put(self, path: str, value: object) -> None:
        """Set a field."""
        set_field(self.registry, path, value)
        self.paths.append(path)


def set_field(registry: Registry, path: str, value: object) -> None:
    """Set the field at a path, and with it the messages around it."""
    *parents, leaf = path.split(".")
    target: Message = registry
    for parent in parents:
        target = getattr(target, parent)
        target.SetInParent()
    setattr(target, leaf, value)


def read_form(arguments: argparse.Namespace, present: Registry | None = None) -> Form:
    """Return what the options say; `present` is the registry that is changed.

    Raises:
        CommandError: options contradict each other, or a file or a secret is not there.
    """
    form = Form()
    if present is None:
        form.registry.provider = PROVIDERS[arguments.provider]
    for option, path in (_PLAIN | _LOGIN).items():
        if (said := getattr(arguments, option)) is not None:
            form.put(path, said)
    for option, (path, value_of) in _READ.items():
        if (said := getattr(arguments, option)) is not None:
            form.put(path, value_of(said))
    before = present.login.WhichOneof("method") if present else None
    provider = (present or form.registry).provider
    method = _method(arguments, provider) or before or ""
    if method == "anonymous":
        form.paths.append("login")
    elif arguments.machine_identity or arguments.access_key_id == "":
        form.put(SECRETS[method][0], "")  # the machine logs in by itself: what is stored goes
    else:
        _put_secret(form, arguments, method, is_new=method != before)
    return form


def _method(arguments: argparse.Namespace, provider: Registry.Provider.ValueType) -> str:
    """Return the way to log in that was said; empty: none was.

    Raises:
        CommandError: several were.
    """
    said = {
        option: path.split(".")[1]
        for option, path in _LOGIN.items()
        if getattr(arguments, option) is not None
    }
    said |= {option: way for option, way in _ALONE.items() if getattr(arguments, option)}
    if arguments.machine_identity:
        said["machine_identity"] = _machine_method(provider)
    if provider in _GOOGLE and not said and _sources(arguments):
        said["secret_from"] = "google"
    ways = sorted(set(said.values()))
    if len(ways) > 1:
        options = ", ".join(f"--{option.replace('_', '-')}" for option in said)
        raise CommandError(
            WRONG_USE,
            f"{options} are of {len(ways)} ways to log in: {', '.join(ways)}",
            "a registry has one",
        )
    return ways[0] if ways else ""


def _machine_method(provider: Registry.Provider.ValueType) -> str:
    if provider not in MACHINES:
        raise CommandError(
            WRONG_USE,
            "--machine-identity is for ecr, gcr, gar and acr",
            "say who logs in, for example with `--username`",
        )
    return MACHINES[provider]


def _put_secret(form: Form, arguments: argparse.Namespace, method: str, *, is_new: bool) -> None:
    if method not in SECRETS:
        if arguments.password is not None or _sources(arguments):
            raise CommandError(
                WRONG_USE,
                "a secret was given, and nobody who logs in with it",
                "say who: `--username`, `--access-key-id` with `--region`, or `--client-id`",
            )
        return
    path, what = SECRETS[method]
    secret = _given_secret(arguments, what)
    if not secret and is_new and _is_needed(method, arguments):
        secret = read_secret(usual_source(what), what)
    if secret:
        form.put(path, secret)


def _is_needed(method: str, arguments: argparse.Namespace) -> bool:
    """Whether a way to log in cannot do without a secret; keys of AWS are both or none."""
    return method != "ecr" or bool(arguments.access_key_id)


def _given_secret(arguments: argparse.Namespace, what: str) -> str:
    """Return the secret that the options tell; empty: they tell none."""
    sources = _sources(arguments)
    if len(sources) + (arguments.password is not None) > 1:
        raise CommandError(WRONG_USE, "the secret is given in more than one way", "choose one")
    if arguments.password is not None:
        tell(
            "freshet: warning: everybody on this machine can read the arguments of a command; "
            "`--secret-from` keeps secrets out of them"
        )
        return str(arguments.password)
    return read_secret(sources[0], what) if sources else ""


def _sources(arguments: argparse.Namespace) -> list[SecretSource]:
    """Return where the options say that the secret is."""
    given = {
        STDIN: "" if arguments.password_stdin else None,
        ENV: arguments.password_env,
        FILE: arguments.keyfile,
    }
    sources = [
        SecretSource(kind=kind, where=where) for kind, where in given.items() if where is not None
    ]
    return sources + ([parse_source(arguments.secret_from)] if arguments.secret_from else [])
