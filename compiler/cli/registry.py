"""`freshet registry …`."""

import argparse
import json
import sys
import uuid
from collections.abc import Callable, Sequence

import grpc
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.json_format import MessageToDict

from compiler.cli.clients import CALL_LIMIT_S, registry_stub
from compiler.cli.exits import FINDINGS, FINE, UNREACHABLE, WRONG_USE, CommandError
from compiler.cli.registry_form import PROVIDER_WORDS, read_registry
from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.registry_pb2 import Registry, RegistrySettings
from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from freshet.rpc.names import REGISTRIES, REGISTRY_SETTINGS

_Outcome = messages.VerifyRegistryLoginResponse
_VERIFY_EXITS = {
    _Outcome.OUTCOME_REFUSED: FINDINGS,
    _Outcome.OUTCOME_UNREACHABLE: UNREACHABLE,
}


def run(arguments: argparse.Namespace) -> int:
    """Do what the action says."""
    actions: dict[str, Callable[[RegistryServiceStub, argparse.Namespace], int]] = {
        "add": _add,
        "list": _list,
        "show": _show,
        "set-default": lambda stub, given: _assign(stub, given, "default_registry"),
        "set-cache": lambda stub, given: _assign(stub, given, "cache_registry"),
        "verify": lambda stub, given: _verify(stub, given),
        "remove": _remove,
    }
    with registry_stub() as stub:
        return actions[arguments.action](stub, arguments)


def _add(stub: RegistryServiceStub, arguments: argparse.Namespace) -> int:
    request = messages.CreateRegistryRequest(
        registry_id=arguments.name,
        registry=read_registry(arguments),
        request_id=str(uuid.uuid4()),
    )
    registry = stub.CreateRegistry(request, timeout=CALL_LIMIT_S).registry
    try:
        exit_code = FINE if arguments.no_verify else _verify(stub, arguments)
    except grpc.RpcError:
        _delete(stub, registry)  # it cannot be verified here; `--no-verify` adds it all the same
        raise
    if exit_code != FINE:
        _delete(stub, registry)
        raise CommandError(
            exit_code,
            f'"{arguments.name}" was not added, since the login failed',
            "mend the login, or add it unseen with `--no-verify`",
        )
    for field, wanted in (
        ("default_registry", arguments.default),
        ("cache_registry", arguments.cache),
    ):
        if wanted:
            _update_settings(stub, field, registry.name)
    _print_one(stub, registry.name, arguments.format)
    return FINE


def _delete(stub: RegistryServiceStub, registry: Registry) -> None:
    request = messages.DeleteRegistryRequest(name=registry.name, etag=registry.etag)
    stub.DeleteRegistry(request, timeout=CALL_LIMIT_S)


def _list(stub: RegistryServiceStub, arguments: argparse.Namespace) -> int:
    registries, settings = _all(stub), _settings(stub)
    if arguments.format == "json":
        print(json.dumps([_facts(each, settings) for each in registries], indent=2))
        return FINE
    if not registries:
        print("no registries yet; `freshet registry add --help` tells how to add one")
        return FINE
    rows: list[tuple[str, ...]] = [("NAME", "PROVIDER", "DOMAIN", "PREFIX", "LOGIN", "ROLES")]
    rows += [_row(each, settings) for each in registries]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print(
            "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        )
    return FINE


def _row(registry: Registry, settings: RegistrySettings) -> tuple[str, ...]:
    facts = _facts(registry, settings)
    roles = [role for role in ("default", "cache", "primary") if facts[role]]
    return (
        str(facts["name"]),
        str(facts["provider"]),
        registry.domain,
        registry.repository_prefix or "-",
        registry.login.WhichOneof("method") or "anonymous",
        ", ".join(roles) or "-",
    )


def _show(stub: RegistryServiceStub, arguments: argparse.Namespace) -> int:
    _print_one(stub, REGISTRIES.name(arguments.name), arguments.format)
    return FINE


def _print_one(stub: RegistryServiceStub, name: str, form: str) -> None:
    request = messages.GetRegistryRequest(name=name)
    registry = stub.GetRegistry(request, timeout=CALL_LIMIT_S).registry
    facts = _facts(registry, _settings(stub))
    if form == "json":
        print(json.dumps(facts, indent=2))
        return
    width = max(map(len, facts))
    for key, value in facts.items():
        print(f"{key:{width}}  {_shown(value)}")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value not in ("", {}) else "-"


def _facts(registry: Registry, settings: RegistrySettings) -> dict[str, object]:
    """Return what people see of a registry; secrets never come from the service."""
    return {
        "name": REGISTRIES.id(registry.name),
        "provider": PROVIDER_WORDS[registry.provider],
        "domain": registry.domain,
        "prefix": registry.repository_prefix,
        "login": registry.login.WhichOneof("method") or "anonymous",
        "username": registry.login.password.username,
        "default": settings.default_registry == registry.name,
        "cache": settings.cache_registry == registry.name,
        "primary": registry.primary,
        "fallback": registry.fallback_registry.removeprefix(REGISTRIES.name("")),
        "behind_firewall": registry.behind_firewall,
        "plain_http": registry.transport.plain_http,
        "insecure": registry.transport.insecure_skip_verify,
    }


def _assign(stub: RegistryServiceStub, arguments: argparse.Namespace, field: str) -> int:
    if bool(arguments.name) == arguments.none:
        raise CommandError(WRONG_USE, "give the name of a registry, or `--none`")
    value = "" if arguments.none else REGISTRIES.name(arguments.name)
    _update_settings(stub, field, value)
    if arguments.format == "json":
        print(json.dumps(MessageToDict(_settings(stub), preserving_proto_field_name=True)))
    else:
        print(f"{field.replace('_', ' ')}: {arguments.name or 'none'}")
    return FINE


def _update_settings(stub: RegistryServiceStub, field: str, registry: str) -> None:
    settings = RegistrySettings(name=REGISTRY_SETTINGS)
    setattr(settings, field, registry)
    stub.UpdateRegistrySettings(
        messages.UpdateRegistrySettingsRequest(
            registry_settings=settings, update_mask=FieldMask(paths=[field])
        ),
        timeout=CALL_LIMIT_S,
    )


def _verify(stub: RegistryServiceStub, arguments: argparse.Namespace) -> int:
    request = messages.VerifyRegistryLoginRequest(name=REGISTRIES.name(arguments.name))
    answer = stub.VerifyRegistryLogin(request, timeout=CALL_LIMIT_S)
    if arguments.action == "verify" and arguments.format == "json":
        outcome = _Outcome.Outcome.Name(answer.outcome).removeprefix("OUTCOME_").lower()
        print(json.dumps({"name": arguments.name, "outcome": outcome, "message": answer.message}))
    else:
        print(f"{arguments.name}: {answer.message}", file=sys.stderr)
    return _VERIFY_EXITS.get(answer.outcome, FINE)


def _remove(stub: RegistryServiceStub, arguments: argparse.Namespace) -> int:
    request = messages.DeleteRegistryRequest(name=REGISTRIES.name(arguments.name))
    stub.DeleteRegistry(request, timeout=CALL_LIMIT_S)
    print(f"{arguments.name}: removed")
    return FINE


def _settings(stub: RegistryServiceStub) -> RegistrySettings:
    request = messages.GetRegistrySettingsRequest()
    return stub.GetRegistrySettings(request, timeout=CALL_LIMIT_S).registry_settings


def _all(stub: RegistryServiceStub) -> Sequence[Registry]:
    registries: list[Registry] = []
    request = messages.ListRegistriesRequest(page_size=1000)
    while True:
        page = stub.ListRegistries(request, timeout=CALL_LIMIT_S)
        registries += page.registries
        if not page.next_page_token:
            return registries
        request.page_token = page.next_page_token
