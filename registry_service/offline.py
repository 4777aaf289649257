"""Answers questions about a catalog: the rules of the service, without a server and a store.

    python -m registry_service.offline < query > resolution

reads one `freshet.registry.v1.CatalogQuery` and writes one `CatalogResolution`. The process lives
for that one answer, and somebody waits for it: neither gRPC nor SQL is imported.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from google.protobuf.message import DecodeError

from freshet.registry.v1.catalog_pb2 import Catalog, CatalogFault, CatalogQuery, CatalogResolution
from registry_service.convert.queries import query_of, resolution_message
from registry_service.convert.registries import provider_of, registry_of, settings_of
from registry_service.resolution import resolve
from registry_service.rules import normalised, registry_faults, settings_faults
from registry_service.snapshot import Snapshot

_FINE, _WRONG_USE = 0, 2


def main() -> int:
    """Answer one query; return the exit code."""
    try:
        query = CatalogQuery.FromString(sys.stdin.buffer.read())
        answered = answer(query)
    except (DecodeError, ValueError) as error:
        print(f"registry_service.offline: {error}", file=sys.stderr)
        return _WRONG_USE
    sys.stdout.buffer.write(answered.SerializeToString(deterministic=True))
    return _FINE


def answer(query: CatalogQuery) -> CatalogResolution:
    """Return the answers to `query`, or what is wrong with its catalog.

    Raises:
        ValueError: a provider or the purpose of a question is not known.
    """
    snapshot = _snapshot(query.catalog)
    faults = list(_faults(query.catalog, snapshot))
    if faults:
        return CatalogResolution(faults=faults)
    queries = [query_of(each) for each in query.queries]
    known = [each for each in queries if each]
    if len(known) < len(queries):
        raise ValueError("a question does not say which kind of step asks")
    return CatalogResolution(
        resolutions=[resolution_message(resolve(each, snapshot)) for each in known]
    )


def _snapshot(catalog: Catalog) -> Snapshot:
    for each in catalog.registries:
        if provider_of(each.provider) is None:
            raise ValueError(f'the provider of "{each.name}" is not known')
    registries = [normalised(registry_of(each)) for each in catalog.registries]
    return Snapshot(
        registries={registry.name: registry for registry in registries},
        settings=settings_of(catalog.registry_settings),
    )


def _faults(catalog: Catalog, snapshot: Snapshot) -> Iterator[CatalogFault]:
    secret_set = {each.name: each.login.secret_set for each in catalog.registries}
    for name, has_secret in secret_set.items():
        registry = snapshot.registries[name]
        for fault in registry_faults(registry, snapshot, has_secret=has_secret):
            yield CatalogFault(registry=name, field=fault.field, message=fault.message)
    for fault in settings_faults(snapshot.settings, snapshot):
        yield CatalogFault(field=fault.field, message=fault.message)


if __name__ == "__main__":
    sys.exit(main())
