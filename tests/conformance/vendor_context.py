"""The account a case is checked against, as arguments of `check_pipeline`: the one place for it."""

from collections.abc import Mapping
from typing import TypedDict

from compiler.account import Account
from compiler.registries import Registries
from tests.conformance.account import account_of
from tests.conformance.vendor import Case


class Arguments(TypedDict, total=False):
    """What `check_pipeline` is told beside the file."""

    variables: Mapping[str, str]
    registries: Registries
    account: Account


def context_of(case: Case) -> Arguments:
    """Return what `case` says about the account; nothing when it is checked against none."""
    if case.context is None:
        return {}
    registries, account = account_of(case.context)
    variables = dict(case.context.get("variables") or {})
    return {"variables": variables, "registries": registries, "account": account}
