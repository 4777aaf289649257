"""How `cache_from` and `cache_to` are read."""

import pytest

from freshet.plan.v1.expression_pb2 import Template, TemplatePart
from freshet.runner.v1.run_pb2 import Run
from runner_service.actions.build_caches import cache_sources, cache_targets
from runner_service.clock import SystemClock
from runner_service.daemon import CacheEntry
from runner_service.errors import StepFailed
from runner_service.journal import Journal
from runner_service.values import Values

_DIGEST = "a/b@sha256:" + "0" * 64


def _values() -> Values:
    return Values(Journal(Run(), SystemClock(), lambda: None), {}, {})


def _texts(*texts: str) -> list[Template]:
    return [Template(parts=[TemplatePart(text=text)]) for text in texts]


@pytest.mark.parametrize(
    ("written", "attributes"),
    [
        ("ghcr.io/acme/app:1", {"ref": "ghcr.io/acme/app:1"}),
        (_DIGEST, {"ref": _DIGEST}),
        ("type=registry,ref=a/b", {"ref": "a/b"}),
        ("type=registry, ref=a/b, mode=max", {"ref": "a/b", "mode": "max"}),
        ("ref=a/b:x", {"ref": "a/b:x"}),
    ],
)
def test_cache_of_a_registry_is_read(written: str, attributes: dict[str, str]) -> None:
    expected = CacheEntry(type="registry", attributes=attributes)

    assert cache_sources(_texts(written), _values()) == (expected,)
    assert cache_targets(_texts(written), _values()).entries == (expected,)


def test_inline_cache_belongs_to_the_image() -> None:
    targets = cache_targets(_texts("type=inline", "a/b"), _values())

    assert targets.inline
    assert [each.attributes["ref"] for each in targets.entries] == ["a/b"]


@pytest.mark.parametrize("written", ["type=local,dest=/etc", "type=gha", "type=s3,bucket=x"])
def test_other_types_are_refused_by_name(written: str) -> None:
    for read in (cache_sources, cache_targets):
        with pytest.raises(StepFailed) as failure:
            read(_texts(written), _values())

        assert failure.value.reason == "CACHE_TYPE_UNSUPPORTED"
        assert written in failure.value.message


@pytest.mark.parametrize("written", ["", "type=registry", "type=registry,ref=A B", "A//b"])
def test_unreadable_reference_is_told(written: str) -> None:
    with pytest.raises(StepFailed) as failure:
        cache_sources(_texts(written), _values())

    assert failure.value.reason == "INVALID_REFERENCE"
