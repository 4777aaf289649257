"""A runner service around fakes, spoken to over gRPC as any client does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest

from freshet.database import sqlite_url
from freshet.plan.v1 import operation_pb2 as operations
from freshet.plan.v1.expression_pb2 import Template, TemplatePart
from freshet.plan.v1.plan_pb2 import Dependency, Plan, StartRule, Step, StepOutcome
from freshet.registry.v1.registry_pb2 import AwsOverride
from freshet.registry.v1.repository_pb2 import (
    RepositoryQuery,
    RepositoryResolution,
    ResolvedRepository,
)
from freshet.rpc.addresses import parse_address
from freshet.rpc.connect import Endpoint, open_aio_channel
from freshet.rpc.serve import Security, listening
from freshet.rpc.status import RpcFailure, read_failure
from freshet.runner.v1 import runner_service_pb2 as messages
from freshet.runner.v1.run_pb2 import Run, RunEvent, Workspace
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceStub
from runner_service.archives import DEFAULT_ARCHIVE_LIMITS, ArchiveLimits, Archives
from runner_service.clock import SystemClock
from runner_service.daemon.fake_daemon import FakeDaemon
from runner_service.gate import Gate
from runner_service.limits import DEFAULT_LIMITS, Limits
from runner_service.registries import Login, PullChoice, RegistriesError
from runner_service.server import runner_service, work_maker, work_resumer
from runner_service.servicer import Servicer
from runner_service.sources import Sources
from runner_service.store.port import RunStore
from runner_service.store.sql import open_store
from runner_service.supervise import Supervisor
from runner_service.transfers import Retries, RetryPolicy, Transfers
from runner_service.transfers.fake_registry import FakeRemotes
from runner_service.uploads import Uploads

if TYPE_CHECKING:  # a class of the stubs alone
    from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceAsyncStub

PASSWORD = "correct-horse-battery"
DOCKERFILE = "FROM alpine:3.20\nRUN true\n"


@dataclass
class FakeRegistries:
    """A registry service in memory: every registry `registries/x` has the domain `x.test`.

    With a region of AWS, that is put in front of it.
    """

    asked: list[RepositoryQuery] = field(default_factory=list)
    failure: RegistriesError | None = None
    passwords: list[str] = field(default_factory=lambda: [PASSWORD])
    refused_count: int = 0
    overrides: list[AwsOverride | None] = field(default_factory=list)
    """Of all logins that were asked for."""

    async def resolve(self, query: RepositoryQuery) -> RepositoryResolution:
        """Resolve to `<registry>.test/<image name>`."""
        self.asked.append(query)
        registry = query.registry_id or "default"
        repository = f"{registry}.test/{query.image_name}"
        found = ResolvedRepository(registry=f"registries/{registry}", repository=repository)
        return RepositoryResolution(repository=found)

    async def issue_credentials(
        self, registry: str, *, aws: AwsOverride | None = None, refused: bool = False
    ) -> Login:
        """Issue the first login there is; the next one when it was refused."""
        if self.failure:
            raise self.failure
        self.overrides.append(aws)
        self.refused_count += refused
        if refused and len(self.passwords) > 1:
            self.passwords.pop(0)
        password = self.passwords[0]
        domain = f"{registry.removeprefix('registries/')}.test"
        if aws and aws.region:
            domain = f"{aws.region}.{domain}"
        return Login(domain=domain, username="ann", password=password)

    async def pull_choice(
        self, domain: str, contexts: Sequence[str], repository: str = ""
    ) -> PullChoice:
        """Pull anonymously."""
        return PullChoice(registry="")


@dataclass(frozen=True, kw_only=True)
class Harness:
    """A client, and what stands behind the service."""

    stub: RunnerServiceAsyncStub
    daemon: FakeDaemon
    registries: FakeRegistries
    remotes: FakeRemotes
    directory: Path
    supervisor: Supervisor

    def request(self, plan: Plan, **fields: object) -> messages.CreateRunRequest:
        """Return a request to run `plan` in the harness's directory."""
        workspace = Workspace(local_directory=str(self.directory))
        request = messages.CreateRunRequest(plan=plan, workspace=workspace)
        request.MergeFrom(messages.CreateRunRequest(**fields))  # type: ignore[arg-type]  # by tests
        return request

    async def create(self, plan: Plan, **fields: object) -> str:
        """Create a run and return its name."""
        return (await self.stub.CreateRun(self.request(plan, **fields))).run.name

    async def events(self, name: str, start: int = 0) -> list[RunEvent]:
        """Return the events of a run to its end."""
        request = messages.WatchRunRequest(name=name, start_sequence=start)
        return [event async for each in self.stub.WatchRun(request) for event in each.events]

    async def finish(self, name: str) -> Run:
        """Wait for the end of a run and return it."""
        await self.events(name)
        return (await self.stub.GetRun(messages.GetRunRequest(name=name))).run

    async def run(self, plan: Plan, **fields: object) -> Run:
        """Run a plan to its end."""
        return await self.finish(await self.create(plan, **fields))


@asynccontextmanager
async def serving(
    directory: Path,
    daemon: FakeDaemon,
    *,
    store: RunStore | None = None,
    limits: Limits = DEFAULT_LIMITS,
    archive_limits: ArchiveLimits = DEFAULT_ARCHIVE_LIMITS,
    roots: tuple[Path, ...] = (),
    patience_s: float = 60.0,
    listen: str = "",
    drain_s: float = 0.0,
    save_limit_s: float = 10.0,
) -> AsyncIterator[Harness]:
    """Serve a runner whose workspace lies in `directory`, and its state too unless in `store`.

    It listens on a socket in `directory`, or in plain text on `listen`.
    """
    (directory / "app").mkdir(exist_ok=True)
    gate = Gate()
    supervisor = Supervisor(
        store or open_store(sqlite_url(directory / "runner.db")),
        SystemClock(),
        gate=gate,
        spool=directory,
        save_limit_s=save_limit_s,
    )
    registries = FakeRegistries()
    remotes = FakeRemotes(daemon)
    policy = RetryPolicy(attempt_count=3, initial_delay_s=0.01)
    transfers = Transfers(remotes=remotes, retries=Retries(policy=policy))
    archives = Archives(directory / "archives", archive_limits, lambda: supervisor.needed_archives)
    sources = Sources(archives, roots)
    make_work = work_maker(
        daemon, registries, SystemClock(), transfers, sources, limits=limits, gate=gate
    )
    servicer = Servicer(
        supervisor,
        daemon,
        "unix:///fake.sock",
        make_work,
        sources=sources,
        uploads=Uploads(archives, patience_s),
    )
    address = parse_address(listen or f"unix:{directory}/runner.sock")
    await supervisor.start(work_resumer(make_work))
    async with (
        listening(runner_service(servicer), address, Security(insecure=bool(listen))),
        open_aio_channel(Endpoint(address=address)) as channel,
    ):
        yield Harness(
            stub=RunnerServiceStub(channel),
            daemon=daemon,
            registries=registries,
            remotes=remotes,
            directory=directory / "app",
            supervisor=supervisor,
        )
        await supervisor.stop(drain_s)


def text(value: str) -> Template:
    """Return a template without holes."""
    return Template(parts=[TemplatePart(text=value)])


def build_step(step_id: str = "image", tag: str = "x", after: str = "") -> Step:
    """Return a step that builds `app:<tag>`."""
    build = operations.BuildOperation(image_name=text("app"), tags=[text(tag)])
    return _step(step_id, operations.Operation(build=build), after)


def push_step(step_id: str, *tags: str, after: str = "image", registry: str = "mine") -> Step:
    """Return a step that pushes the image of the step before it."""
    push = operations.PushOperation(
        image=operations.ImageSource(step_id=after),
        tags=[text(tag) for tag in tags],
        resolved=operations.ResolvedDestination(
            registry=f"registries/{registry}", repository=f"{registry}.test/app"
        ),
    )
    return _step(step_id, operations.Operation(push=push), after)


def _step(step_id: str, operation: operations.Operation, after: str) -> Step:
    step = Step(id=step_id, operations=[operation])
    if after:
        succeeded = Dependency(node_id=after, outcomes=[StepOutcome.STEP_OUTCOME_SUCCEEDED])
        step.start_rule.CopyFrom(StartRule(dependencies=[succeeded]))
    return step


BUILD_AND_PUSH = Plan(steps=[build_step(), push_step("send", "a", "b")])


async def refused(harness: Harness, plan: Plan, **fields: object) -> RpcFailure:
    """Return why no run of `plan` is created."""
    with pytest.raises(grpc.RpcError) as raised:
        await harness.create(plan, **fields)
    return read_failure(raised.value)
