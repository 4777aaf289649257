"""The runner service as gRPC sees it: reads requests, asks the supervisor, writes answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from freshet import __version__
from freshet.rpc import pages
from freshet.rpc.names import RUNS
from freshet.runner.v1 import runner_service_pb2 as messages
from freshet.runner.v1.run_pb2 import Run
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceServicer
from runner_service.capability import require_daemon
from runner_service.daemon.errors import DaemonUnavailable
from runner_service.daemon.port import Daemon
from runner_service.errors import FeatureUnsupported
from runner_service.requests import check_create_run, run_request
from runner_service.sources import Sources
from runner_service.supervise import Supervisor, Work
from runner_service.uploads import Uploads

if TYPE_CHECKING:  # takes parameters in its stubs alone
    from collections.abc import Callable

    import grpc

    _Context = grpc.aio.ServicerContext[Any, Any]
    MakeWork = Callable[[messages.CreateRunRequest], Work]


class Servicer(RunnerServiceServicer):
    """Serves `freshet.runner.v1.RunnerService`."""

    def __init__(
        self,
        supervisor: Supervisor,
        daemon: Daemon,
        daemon_address: str,
        make_work: MakeWork,
        *,
        sources: Sources,
        uploads: Uploads,
    ) -> None:
        """Let `supervisor` execute what `make_work` makes of a request."""
        self._sources = sources
        self._uploads = uploads
        self._daemon_address = daemon_address
        self._supervisor = supervisor
        self._daemon = daemon
        self._make_work = make_work

    async def CreateRun(
        self, request: messages.CreateRunRequest, context: _Context
    ) -> messages.CreateRunResponse:
        """Accept a plan."""
        local_peer = context.peer().startswith("unix:")
        await asyncio.to_thread(check_create_run, request, self._sources, local_peer=local_peer)
        kept = run_request(request)
        run = None if request.validate_only else await self._supervisor.made_by(kept)
        if run is None:
            # A run without a daemon, or for another one, is refused and not queued.
            require_daemon(request.plan, await self._daemon.describe())
            run = Run(plan=request.plan, workspace=request.workspace, pipeline=request.pipeline)
            if not request.validate_only:
                run = await self._supervisor.create(run, kept, self._make_work(request))
        return messages.CreateRunResponse(run=_without_plan(run))

    async def GetRun(
        self, request: messages.GetRunRequest, context: _Context
    ) -> messages.GetRunResponse:
        """Return one run."""
        RUNS.id(request.name)
        return messages.GetRunResponse(run=await self._supervisor.get(request.name))

    async def ListRuns(
        self, request: messages.ListRunsRequest, context: _Context
    ) -> messages.ListRunsResponse:
        """Return a page of runs."""
        size = pages.page_size(request.page_size)
        after = pages.decode_token(request.page_token)
        if after and not after.isdecimal():
            raise pages.InvalidPage("page_token", "page_token was not made by this service")
        runs, next_key = await self._supervisor.page(request.pipeline, after, size)
        return messages.ListRunsResponse(
            runs=[_bare(run) for run in runs],
            next_page_token=pages.encode_token(next_key) if next_key else "",
        )

    async def WatchRun(
        self, request: messages.WatchRunRequest, context: _Context
    ) -> AsyncIterator[messages.WatchRunResponse]:
        """Stream the events of a run."""
        RUNS.id(request.name)
        async for events in self._supervisor.watch(request.name, request.start_sequence or 1):
            yield messages.WatchRunResponse(events=events)

    async def CancelRun(
        self, request: messages.CancelRunRequest, context: _Context
    ) -> messages.CancelRunResponse:
        """Ask a run to stop."""
        RUNS.id(request.name)
        run = await self._supervisor.cancel(request.name)
        return messages.CancelRunResponse(run=_without_plan(run))

    async def DecideApproval(
        self, request: messages.DecideApprovalRequest, context: _Context
    ) -> messages.DecideApprovalResponse:
        """Refuse: no step of this version waits for an approval."""
        raise FeatureUnsupported("approvals", "leave out steps of type `pending-approval`")

    async def DeleteRun(
        self, request: messages.DeleteRunRequest, context: _Context
    ) -> messages.DeleteRunResponse:
        """Forget a run."""
        RUNS.id(request.name)
        await self._supervisor.delete(request.name)
        return messages.DeleteRunResponse()

    async def UploadArchive(
        self, request: AsyncIterator[messages.UploadArchiveRequest], context: _Context
    ) -> messages.UploadArchiveResponse:
        """Receive the files of a workspace."""
        return await self._uploads.receive(aiter(request))

    async def GetRunner(
        self, request: messages.GetRunnerRequest, context: _Context
    ) -> messages.GetRunnerResponse:
        """Tell about this runner and its daemon."""
        runner = messages.Runner(
            version=__version__,
            daemon_address=self._daemon_address,
            running_count=self._supervisor.running_count,
            queued_count=self._supervisor.queued_count,
        )
        try:
            daemon = await self._daemon.describe()
        except DaemonUnavailable as error:
            runner.daemon_message = str(error)
        else:
            runner.daemon_available = True
            runner.daemon_version = daemon.engine_version
            runner.image_store = daemon.image_store
            runner.platform = f"{daemon.operating_system}/{daemon.architecture}"
        return messages.GetRunnerResponse(runner=runner)


def _without_plan(run: Run) -> Run:
    copy = Run()
    copy.CopyFrom(run)
    copy.ClearField("plan")
    return copy


def _bare(run: Run) -> Run:
    copy = _without_plan(run)
    copy.ClearField("step_runs")
    return copy
