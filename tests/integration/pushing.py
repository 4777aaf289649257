"""Pushes of real daemons to real registries, with all that a run does, without its services."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import httpcore
import httpx

from freshet.distribution import Endpoint
from freshet.distribution.tls import client_tls
from freshet.plan.v1 import operation_pb2 as operations
from freshet.plan.v1.plan_pb2 import Plan, Step
from freshet.registry.v1.registry_pb2 import AwsOverride
from freshet.registry.v1.repository_pb2 import RepositoryQuery, RepositoryResolution
from freshet.runner.v1.run_pb2 import PushedImage, Run
from runner_service.clock import SystemClock
from runner_service.context import RunContext
from runner_service.daemon.docker_daemon import DockerDaemon
from runner_service.daemon.fake_formats import tar_of
from runner_service.daemon.network import AsyncioNetwork
from runner_service.execute import Executor
from runner_service.journal import Journal, new_step_runs
from runner_service.mask import Mask
from runner_service.registries import Login, PullChoice
from runner_service.transfers import HttpRegistries, Leases, Retries, RetryPolicy, Transfers
from runner_service.workspace import Workspace
from tests.contract.runner import text
from tests.engine import Account, Environment, Registry

QUICK = RetryPolicy(attempt_count=6, initial_delay_s=0.02)


class _Inside(AsyncioNetwork):
    """Connects in the network of an environment."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    async def open(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        connection = await asyncio.to_thread(self._environment.connect, host, port)
        connection.setblocking(False)
        return await asyncio.open_connection(sock=connection)


def registries_inside(environment: Environment) -> HttpRegistries:
    """Return what speaks with the registries of an environment from this process."""

    def network(endpoint: Endpoint) -> httpx.AsyncBaseTransport:
        tls = client_tls(endpoint.transport, endpoint.client_key)
        transport = httpx.AsyncHTTPTransport(verify=tls)
        # The library offers no public way to say where its connections lead.
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            network_backend=_Inside(environment),
        )
        return transport

    return HttpRegistries(network)


@dataclass
class KnownRegistries:
    """A registry service that knows logins by resource name, and by domain."""

    logins: dict[str, Login] = field(default_factory=dict)

    async def resolve(self, query: RepositoryQuery) -> RepositoryResolution:
        raise AssertionError("every destination is known")

    async def issue_credentials(
        self, registry: str, *, aws: AwsOverride | None = None, refused: bool = False
    ) -> Login:
        return self.logins[registry]

    async def pull_choice(
        self, domain: str, contexts: Sequence[str], repository: str = ""
    ) -> PullChoice:
        chosen = [f"registries/{context}" for context in contexts]
        for name in (*chosen, *self.logins):
            if self.logins[name].domain == domain:
                return PullChoice(registry=name)
        return PullChoice(registry="")


@dataclass(kw_only=True)
class Pushing:
    """What runs on one engine share."""

    environment: Environment
    daemon: DockerDaemon
    transfers: Transfers
    directory: Path
    """The workspace."""

    async def run(self, plan: Plan, logins: Mapping[str, Login]) -> tuple[Run, Journal]:
        """Execute a plan; `logins` by the names of their registries."""
        run = Run(
            name="runs/test", state=Run.STATE_QUEUED, plan=plan, step_runs=new_step_runs(plan)
        )
        loop = asyncio.get_running_loop()

        def save() -> None:
            """Be a store that is never slow."""
            loop.call_soon(lambda: journal.saved(journal.unsaved()))

        journal = Journal(run, SystemClock(), save)
        named = {f"registries/{name}": login for name, login in logins.items()}
        context = RunContext(
            journal=journal,
            daemon=self.daemon,
            registries=KnownRegistries(named),
            variables={},
            secrets={},
            mask=Mask(),
            workspace=Workspace(self.directory),
            transfers=self.transfers,
        )
        await Executor(context, SystemClock()).execute()
        return run, journal

    def load(self, *names: str) -> None:
        """Give the daemon images of one small layer each, every one its own."""
        archive = self.directory / "images.tar"
        archive.write_bytes(_archive(names))
        done = self.environment.docker("load", "--input", str(archive))
        assert done.returncode == 0, done.stderr


@asynccontextmanager
async def pushing(
    environment: Environment, directory: Path, policy: RetryPolicy = QUICK
) -> AsyncIterator[Pushing]:
    """Lend what pushes with the daemon of an environment."""
    daemon = DockerDaemon(environment.docker_host)
    transfers = Transfers(
        remotes=registries_inside(environment), leases=Leases(), retries=Retries(policy=policy)
    )
    try:
        yield Pushing(
            environment=environment, daemon=daemon, transfers=transfers, directory=directory
        )
    finally:
        await daemon.close()


def push_of(image: str, repository: str, *tags: str) -> Plan:
    """Return a plan that pushes a local image to the registry `there`."""
    push = operations.PushOperation(
        image=operations.ImageSource(reference=text(image)),
        tags=[text(tag) for tag in tags],
        resolved=operations.ResolvedDestination(registry="registries/there", repository=repository),
    )
    return Plan(steps=[Step(id="send", operations=[operations.Operation(push=push)])])


def login_to(registry: Registry, account: Account | None = None) -> Login:
    """Return the login of an account, the first one if none is given."""
    known = account or (registry.accounts[0] if registry.accounts else None)
    if known is None:
        return Login(domain=registry.domain)
    return Login(domain=registry.domain, username=known.username, password=known.password)


def pushed_by(run: Run) -> list[PushedImage]:
    """Return all that a run tells to be pushed."""
    return [
        image
        for step in run.step_runs
        for operation in step.operation_runs
        for image in operation.pushed_images.pushed_images
    ]


def is_unverified(run: Run, tag: str) -> bool:
    """Return whether a run tells that nobody knows whether a tag is there."""
    failure = run.failure
    return failure.reason == "PUSH_UNVERIFIED" and f':{tag}"' in failure.message


def _archive(names: Iterable[str]) -> bytes:
    """Return what `docker save` would make of images."""
    files: dict[str, bytes] = {}
    entries = []
    for name in names:
        layer = tar_of({"content": secrets.token_bytes(2000)})
        digest = sha256(layer).hexdigest()
        config = json.dumps(
            {
                "architecture": "amd64",
                "os": "linux",
                "config": {},
                "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
            }
        ).encode()
        config_name = f"{sha256(config).hexdigest()}.json"
        files |= {config_name: config, f"{digest}/layer.tar": layer}
        entries.append(
            {"Config": config_name, "RepoTags": [name], "Layers": [f"{digest}/layer.tar"]}
        )
    return tar_of(files | {"manifest.json": json.dumps(entries).encode()})
