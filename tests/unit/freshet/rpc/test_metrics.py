"""What Prometheus sees of a service."""

import socket
import urllib.request

import pytest

from freshet.access.v1.access_pb2 import Role
from freshet.rpc.access import Method
from freshet.rpc.addresses import Address, InvalidAddress, parse_address
from freshet.rpc.calls import Call
from freshet.rpc.metrics import Reading, metrics_at

CALL = Call(
    method=Method(name="GetRegistry", role=Role.ROLE_READER),
    caller="accessTokens/canary",
    resource="registries/canary",
    code="OK",
    outcome="OK",
    refused=False,
    duration_s=0.002,
    request_id="1",
)


@pytest.fixture
def address() -> Address:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return parse_address(f"127.0.0.1:{free.getsockname()[1]}")


def test_calls_and_readings_are_shown_without_names_from_outside(address: Address) -> None:
    numbers = iter([3.0, 4.0])
    readings = (
        Reading(name="freshet_registries", help="Registries.", read=lambda: next(numbers)),
        Reading(name="freshet_lost", help="Lost.", read=lambda: 1.0, counter=True),
    )

    with metrics_at(address, readings) as observers:
        for observe in observers:
            observe(CALL)
        with urllib.request.urlopen(f"http://{address.target}/metrics", timeout=5) as answer:
            text = answer.read().decode()

    assert 'freshet_calls_total{code="OK",method="GetRegistry"} 1.0' in text
    assert 'freshet_call_duration_seconds_bucket{le="0.0025",method="GetRegistry"} 1.0' in text
    assert "freshet_registries 3.0" in text
    assert "freshet_lost_total 1.0" in text
    assert "canary" not in text


def test_address_that_is_taken_is_told(address: Address) -> None:
    with (
        metrics_at(address, ()),
        pytest.raises(InvalidAddress, match="cannot serve metrics"),
        metrics_at(address, ()),
    ):
        pass


def test_without_an_address_nobody_observes() -> None:
    with metrics_at(None, ()) as observers:
        assert observers == []


def test_metrics_are_not_served_at_a_unix_socket() -> None:
    with (
        pytest.raises(InvalidAddress, match="need `host:port`"),
        metrics_at(parse_address("unix:/run/metrics.sock"), ()),
    ):
        pass
