"""Puts the runner together and serves it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc

from freshet.database import sqlite_url
from freshet.rpc.addresses import Address
from freshet.rpc.connect import Endpoint
from freshet.rpc.metrics import metrics_at
from freshet.rpc.serve import Security, Service, serve_until_stopped
from freshet.runner.v1 import runner_service_pb2 as messages
from freshet.runner.v1.run_pb2 import Failure, Run
from freshet.runner.v1.runner_service_pb2_grpc import add_RunnerServiceServicer_to_server
from runner_service.archives import DEFAULT_ARCHIVE_LIMITS, ArchiveLimits, Archives
from runner_service.clock import Clock, SystemClock
from runner_service.context import RunContext
from runner_service.daemon.docker_daemon import DockerDaemon
from runner_service.daemon.port import Daemon
from runner_service.errors import StepFailed
from runner_service.execute import Executor
from runner_service.faults import DOMAIN, fault_of
from runner_service.gate import Gate
from runner_service.identity import claimed_identity, temporary_folder
from runner_service.journal import Journal
from runner_service.limits import DEFAULT_LIMITS, Limits
from runner_service.mask import Mask
from runner_service.prune import keep_pruned
from runner_service.registries import Registries
from runner_service.registry_client import RegistryClient
from runner_service.requests import secret_values, short_secret_notices
from runner_service.retention import DEFAULT_RETENTION, Retention
from runner_service.servicer import Servicer
from runner_service.sources import Sources
from runner_service.store.port import RunStore
from runner_service.store.sql import open_store
from runner_service.supervise import Supervisor, Work
from runner_service.transfers import Transfers
from runner_service.uploads import Uploads
from runner_service.variables import run_variables

_log = logging.getLogger(__name__)
_FULL_NAME = "freshet.runner.v1.RunnerService"
DATABASE_NAME = "runner.db"
ARCHIVES_NAME = "archives"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a runner needs to know to start."""

    address: Address
    security: Security
    registry_endpoint: Endpoint
    state_directory: Path
    docker_host: str
    """Address of the daemon, `unix:///path` or `tcp://host:port`."""
    parallel_runs: int
    ssh_agent: Path | None = None
    """Socket of the agent that builds may use; None: there is none."""
    metrics: Address | None = None
    """Where Prometheus finds metrics; None: nowhere."""
    database: str = ""
    """URL; empty: SQLite in the state directory."""
    retention: Retention = DEFAULT_RETENTION
    limits: Limits = DEFAULT_LIMITS
    drain_s: float = 10.0
    """How long a stop waits for operations that have begun."""
    workspace_roots: tuple[Path, ...] = ()
    """Where local workspaces may lie; empty: anywhere."""
    archive_limits: ArchiveLimits = DEFAULT_ARCHIVE_LIMITS


async def serve(settings: Settings, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM or SIGINT arrives.

    Raises:
        AddressInUse: another process listens there.
        InvalidAddress: an address must not be served as asked.
        InvalidCertificate: the files of the certificate cannot be used.
        StoreUnavailable: the state cannot be read.
    """
    settings.state_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with claimed_identity(settings.state_directory) as runner, temporary_folder(runner):
        url = settings.database or sqlite_url(settings.state_directory / DATABASE_NAME)
        await _serve_on(open_store(url, runner), settings, on_ready)


async def _serve_on(store: RunStore, settings: Settings, on_ready: Callable[[], None]) -> None:
    clock, gate = SystemClock(), Gate()
    supervisor = Supervisor(
        store,
        clock,
        parallel_runs=settings.parallel_runs,
        gate=gate,
        spool=settings.state_directory,
    )
    daemon = DockerDaemon(settings.docker_host)
    registries = RegistryClient(settings.registry_endpoint)
    archives = Archives(
        settings.state_directory / ARCHIVES_NAME,
        settings.archive_limits,
        lambda: supervisor.needed_archives,
    )
    archives.sweep()
    sources = Sources(archives, settings.workspace_roots)
    make_work = work_maker(
        daemon,
        registries,
        clock,
        Transfers(),
        sources,
        ssh_agent=settings.ssh_agent,
        limits=settings.limits,
        gate=gate,
    )
    servicer = Servicer(
        supervisor,
        daemon,
        settings.docker_host,
        make_work,
        sources=sources,
        uploads=Uploads(archives),
    )
    await supervisor.start(work_resumer(make_work))
    try:
        with metrics_at(settings.metrics, ()) as observers:
            async with _pruned(store, settings.retention, clock):
                await serve_until_stopped(
                    runner_service(servicer),
                    settings.address,
                    settings.security,
                    observers=observers,
                    on_ready=on_ready,
                    before_stop=lambda: supervisor.stop(settings.drain_s),
                )
    finally:
        await registries.close()
        await daemon.close()


@asynccontextmanager
async def _pruned(store: RunStore, retention: Retention, clock: Clock) -> AsyncIterator[None]:
    pruning = asyncio.create_task(keep_pruned(store, retention, clock), name="pruning")
    try:
        yield
    finally:
        pruning.cancel()
        await asyncio.gather(pruning, return_exceptions=True)


def runner_service(servicer: Servicer) -> Service:
    """Return the service that `servicer` answers for."""

    def add_to(server: grpc.aio.Server) -> None:
        add_RunnerServiceServicer_to_server(servicer, server)

    return Service(domain=DOMAIN, full_names=(_FULL_NAME,), add_to=add_to, fault_table=fault_of)


MakeWork = Callable[[messages.CreateRunRequest], Work]


def work_resumer(make_work: MakeWork) -> Callable[[bytes], Work]:
    """Return what makes the work of a run out of the stored message of its request."""
    return lambda message: make_work(messages.CreateRunRequest.FromString(message))


def work_maker(
    daemon: Daemon,
    registries: Registries,
    clock: Clock,
    transfers: Transfers,
    sources: Sources,
    *,
    ssh_agent: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    gate: Gate | None = None,
) -> MakeWork:
    """Return what makes the work of a run out of the request for it."""

    def make_work(request: messages.CreateRunRequest) -> Work:
        hidden = secret_values(request)
        mask = Mask(hidden.values())
        variables, secrets = dict(request.variables), dict(request.secrets)

        async def work(journal: Journal) -> None:
            try:
                workspace = await asyncio.to_thread(sources.open, request.workspace)
            except StepFailed as failure:
                journal.close_steps()
                journal.run_changed(
                    Run.STATE_FAILED,
                    Failure(reason=failure.reason, message=failure.message, help=failure.help),
                )
                return
            context = RunContext(
                journal=journal,
                daemon=daemon,
                registries=registries,
                variables=run_variables(journal.run, variables),
                secrets=secrets,
                transfers=transfers,
                mask=mask,
                workspace=workspace,
                layer_cache_disabled=request.options.layer_cache_disabled,
                ssh_agent=ssh_agent,
                limits=limits,
                gate=gate or Gate(),
            )
            if not journal.run.HasField("start_time"):  # else it was told before a restart
                for notice in short_secret_notices(hidden):
                    journal.notice(notice)
            await Executor(context, clock).execute()

        return work

    return make_work
