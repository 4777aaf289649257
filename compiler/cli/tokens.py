"""`freshet token …`."""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from google.protobuf.json_format import MessageToDict

from compiler.cli.clients import CALL_LIMIT_S, access_stub
from compiler.cli.exits import FINE, WRONG_USE, CommandError
from freshet.registry.v1 import access_service_pb2 as messages
from freshet.registry.v1.access_pb2 import AccessToken
from freshet.registry.v1.access_service_pb2_grpc import AccessServiceStub
from freshet.rpc.access import ROLE_WORDS, role_word

_NAMES = "accessTokens/"
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_MAX_TIME = timedelta(days=36_500)


def run(arguments: argparse.Namespace) -> int:
    """Do what the action says."""
    actions = {"create": _create, "list": _list, "remove": _remove}
    with access_stub() as stub:
        return actions[arguments.action](stub, arguments)


def _create(stub: AccessServiceStub, arguments: argparse.Namespace) -> int:
    wanted = AccessToken(display_name=arguments.display_name, role=ROLE_WORDS[arguments.role])
    if arguments.expires:
        wanted.expire_time.FromDatetime(datetime.now(UTC) + _lasting(arguments.expires))
    request = messages.CreateAccessTokenRequest(access_token=wanted)
    made = stub.CreateAccessToken(request, timeout=CALL_LIMIT_S)
    if arguments.format == "json":
        print(json.dumps({**_facts(made.access_token), "secret": made.secret}, indent=2))
    else:
        print(made.secret)  # alone, so that it can be sent into a file
        name = made.access_token.name.removeprefix(_NAMES)
        print(f"{name}: made; its secret is not shown again", file=sys.stderr)
    return FINE


def _list(stub: AccessServiceStub, arguments: argparse.Namespace) -> int:
    tokens = list(_all(stub))
    if arguments.format == "json":
        print(json.dumps([_facts(token) for token in tokens], indent=2))
        return FINE
    for token in tokens:
        expires = f"until {_minute(token)}" if token.HasField("expire_time") else "for ever"
        name = token.name.removeprefix(_NAMES)
        print(f"{name}  {role_word(token.role):6}  {expires:22}  {token.display_name}")
    if not tokens:
        print("no tokens yet; `freshet token create --help` tells how to make one")
    return FINE


def _remove(stub: AccessServiceStub, arguments: argparse.Namespace) -> int:
    name = _NAMES + arguments.name.removeprefix(_NAMES)
    stub.DeleteAccessToken(messages.DeleteAccessTokenRequest(name=name), timeout=CALL_LIMIT_S)
    print(f"{arguments.name}: removed")
    return FINE


def _all(stub: AccessServiceStub) -> Iterator[AccessToken]:
    request = messages.ListAccessTokensRequest(page_size=1000)
    while True:
        page = stub.ListAccessTokens(request, timeout=CALL_LIMIT_S)
        yield from page.access_tokens
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token


def _facts(token: AccessToken) -> dict[str, object]:
    facts: dict[str, object] = MessageToDict(token, preserving_proto_field_name=True)
    return {
        **facts,
        "name": token.name.removeprefix(_NAMES),
        "role": role_word(token.role),
    }


def _minute(token: AccessToken) -> str:
    return token.expire_time.ToDatetime().isoformat(sep=" ", timespec="minutes")


def _lasting(text: str) -> timedelta:
    match = re.fullmatch(r"([1-9][0-9]{0,8})([mhd])", text)
    lasting = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None
    if lasting is None or lasting > _MAX_TIME:
        raise CommandError(
            WRONG_USE, f'"{text}" is no time', "give minutes, hours or days, as in `12h` or `90d`"
        )
    return lasting
