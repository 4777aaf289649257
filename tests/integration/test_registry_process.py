"""The registry service as a process: a file of settings, TLS, tokens, metrics, logs, SIGTERM."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import grpc
import pytest

from freshet.access.v1.access_pb2 import Role
from freshet.registry.v1 import access_service_pb2, registry_service_pb2
from freshet.registry.v1.access_pb2 import AccessToken
from freshet.registry.v1.access_service_pb2_grpc import AccessServiceStub
from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from freshet.rpc.addresses import Address
from freshet.rpc.connect import Endpoint, open_channel
from freshet.rpc.status import read_failure
from tests.contract.protected import Keys, free_address
from tests.contract.registry import PASSWORD, ghcr

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'protos'}"}
START_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """What a service is started with."""

    file: Path
    endpoint: Endpoint
    """As the admin with the token of the file reaches it."""
    metrics: Address


@pytest.fixture
def configured(tmp_path: Path) -> Configured:
    keys, token = Keys(tmp_path), secrets.token_hex(32)
    keys.server()
    (tmp_path / "token").write_text(f"{token}\n")
    address, metrics = free_address(), free_address()
    file = tmp_path / "registry.toml"
    file.write_text(
        f"""
        listen = "{address.target}"
        state-directory = "{tmp_path}/state"
        certificate = "{tmp_path}/server.crt"
        private-key = "{tmp_path}/server.key"
        token-file = "{tmp_path}/token"
        metrics = "{metrics.target}"
        log-format = "json"
        """
    )
    endpoint = Endpoint(address=address, authority=tmp_path / "authority.crt", token=token)
    return Configured(file=file, endpoint=endpoint, metrics=metrics)


@contextmanager
def started(configured: Configured, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "registry_service", "--config", str(configured.file), *options]
    process = subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
    try:
        with open_channel(configured.endpoint) as channel:
            grpc.channel_ready_future(channel).result(timeout=START_LIMIT_S)
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


def ended(process: subprocess.Popen[str]) -> list[dict[str, object]]:
    """Stop the process as systems do, and return its log."""
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=30)
    assert process.returncode == 0, log
    return [json.loads(line) for line in log.splitlines()]


def test_service_is_run_with_a_file_and_stopped_by_sigterm(configured: Configured) -> None:
    with started(configured) as process:
        with open_channel(configured.endpoint) as channel:
            stub, access = RegistryServiceStub(channel), AccessServiceStub(channel)
            stub.CreateRegistry(
                registry_service_pb2.CreateRegistryRequest(registry_id="ghcr", registry=ghcr()),
                metadata=(("x-request-id", "mine-1"),),
                timeout=20,
            )
            made = access.CreateAccessToken(
                access_service_pb2.CreateAccessTokenRequest(
                    access_token=AccessToken(display_name="reader", role=Role.ROLE_READER)
                ),
                timeout=20,
            )
        with open_channel(replace(configured.endpoint, token=made.secret)) as channel:
            stub = RegistryServiceStub(channel)
            found = stub.ListRegistries(registry_service_pb2.ListRegistriesRequest(), timeout=20)
            with pytest.raises(grpc.RpcError) as raised:
                stub.DeleteRegistry(
                    registry_service_pb2.DeleteRegistryRequest(name="registries/ghcr"), timeout=20
                )
        with urllib.request.urlopen(f"http://{configured.metrics.target}", timeout=5) as answer:
            metrics = answer.read().decode()
        log = ended(process)

    assert [registry.name for registry in found.registries] == ["registries/ghcr"]
    assert read_failure(raised.value).reason == "ROLE_INSUFFICIENT"
    assert "freshet_registries 1.0" in metrics
    assert "freshet_store_available 1.0" in metrics
    assert 'freshet_calls_total{code="PERMISSION_DENIED",method="DeleteRegistry"} 1.0' in metrics
    calls = [line for line in log if line["logger"] == "freshet.calls"]
    assert [(line["method"], line["caller"], line["outcome"]) for line in calls] == [
        ("CreateRegistry", "token-file", "OK"),
        ("CreateAccessToken", "token-file", "OK"),
        ("DeleteRegistry", made.access_token.name, "ROLE_INSUFFICIENT"),
    ]
    assert calls[0]["request_id"] == "mine-1"
    told = json.dumps(log) + metrics
    assert not any(secret in told for secret in (PASSWORD, made.secret, "registries/none"))


def test_settings_are_checked_and_printed_without_a_start(configured: Configured) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "registry_service", "--config", configured.file, "--print-config"],
        env={**ENVIRONMENT, "FRESHET_REGISTRY_LOG_LEVEL": "debug"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout

    assert f'listen = "{configured.endpoint.address.target}"' in printed
    assert 'log-level = "debug"  # FRESHET_REGISTRY_LOG_LEVEL' in printed
    assert not (configured.file.parent / "state").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('metrik = "127.0.0.1:1"', 'unknown setting "metrik"; did you mean "metrics"?'),
        ('token-role = "boss"', 'there is no role "boss"'),
    ],
)
def test_slip_in_the_file_ends_the_start(configured: Configured, line: str, message: str) -> None:
    configured.file.write_text(f"{configured.file.read_text()}\n{line}\n")

    result = subprocess.run(
        [sys.executable, "-m", "registry_service", "--config", configured.file],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert result.returncode == 2
    assert message in result.stderr
