"""Which secrets are sent with a wanted registry: those that are needed, and no others.

What is stored cannot be read back, so that nobody can tell whether it is still the right one.
"""

from __future__ import annotations

from compiler.cli.registry.differences import CLIENT_KEY
from compiler.cli.registry.form import SECRETS, set_field
from compiler.cli.registry.secret import read_secret
from compiler.cli.registry.wanted import Wanted
from freshet.references import normalise_domain
from freshet.registry.v1.registry_pb2 import Registry


def with_secrets(wanted: Wanted, present: Registry | None, *, renew: bool) -> Registry:
    """Return a wanted registry as it is sent.

    Secrets are in it when there are none yet, when others log in or elsewhere, and when all are to
    `renew`.

    Raises:
        CommandError: a secret is not where the file says.
    """
    sent = Registry()
    sent.CopyFrom(wanted.registry)
    if present:
        sent.name, sent.etag = present.name, present.etag
    method = sent.login.WhichOneof("method")
    if wanted.secret and method and (renew or _needs_secret(sent, present, method)):
        path, what = SECRETS[method]
        set_field(sent, path, read_secret(wanted.secret, f'{what} of "{wanted.name}"'))
    key_set = present and present.transport.client_private_key_set
    if wanted.client_key and (renew or not key_set):
        key = read_secret(wanted.client_key, f'client key of "{wanted.name}"')
        set_field(sent, CLIENT_KEY, key)
    return sent


def _needs_secret(sent: Registry, present: Registry | None, method: str) -> bool:
    if present is None or not present.login.secret_set:
        return True
    before = present.login
    if before.WhichOneof("method") != method or _moves(sent, present):
        return True
    return method != "google" and _who(sent, method) != _who(present, method)


def _moves(sent: Registry, present: Registry) -> bool:
    if not sent.domain:
        return False  # the provider's own
    domain = normalise_domain(sent.domain)
    locations = (domain, f"{domain}-docker.pkg.dev")  # the latter where a location is written
    return present.domain not in locations


def _who(registry: Registry, method: str) -> str:
    login = registry.login
    known = {
        "password": login.password.username,
        "ecr": login.ecr.access_key_id,
        "azure": login.azure.client_id,
    }
    return known[method]
