"""Sends a workspace to a runner that cannot read this disk."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import grpc

from compiler.cli.packing import Packed, packed
from freshet.rpc.status import read_failure
from freshet.runner.v1.run_pb2 import Workspace
from freshet.runner.v1.runner_service_pb2 import UploadArchiveRequest, UploadArchiveResponse
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceStub

_CHUNK_BYTES = 1024 * 1024
_ATTEMPT_COUNT = 6
_DELAY_S = 0.5
"""Before the second attempt; it doubles."""
_SHOWN_EVERY_S = 0.2
_UPLOAD_LIMIT_S = 6 * 3600.0
_PASSING = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ABORTED})
_SHOWN_NAMES = 3


def upload_workspace(stub: RunnerServiceStub, directory: Path) -> Workspace:
    """Upload `directory`, unless the runner has its files already, and return what names it.

    Raises:
        grpc.RpcError: the runner refuses the archive, or does not come back.
        CommandError: the files cannot be packed.
    """
    with packed(directory) as archive, _Progress(archive) as progress:
        _warn(archive)
        name = _Upload(stub, archive, progress).send()
    return Workspace(archive=name, directory_name=directory.name)


class _Upload:
    """One archive on its way, over as many calls as it takes."""

    def __init__(self, stub: RunnerServiceStub, archive: Packed, progress: "_Progress") -> None:
        self._stub = stub
        self._archive = archive
        self._progress = progress
        self._failure_count = 0

    def send(self) -> str:
        while True:
            try:
                there = self._call(iter((self._first(0),)))
                self._progress.begin(there.size_bytes)
                if not there.archive:
                    there = self._call(self._messages(there.size_bytes))
            except grpc.RpcError as error:
                self._failure_count += 1
                passing = read_failure(error).code in _PASSING
                if not passing or self._failure_count == _ATTEMPT_COUNT:
                    raise
                time.sleep(_DELAY_S * 2 ** (self._failure_count - 1))
            else:
                return there.archive

    def _call(self, messages: Iterator[UploadArchiveRequest]) -> UploadArchiveResponse:
        return self._stub.UploadArchive(
            messages, timeout=_UPLOAD_LIMIT_S, wait_for_ready=self._failure_count > 0
        )

    def _messages(self, offset: int) -> Iterator[UploadArchiveRequest]:
        self._archive.file.seek(offset)
        message = self._first(offset)
        while data := self._archive.file.read(_CHUNK_BYTES):
            message.data = data
            yield message
            self._progress.show(self._archive.file.tell())
            message = UploadArchiveRequest()

    def _first(self, offset: int) -> UploadArchiveRequest:
        archive = self._archive
        return UploadArchiveRequest(
            digest=archive.digest, total_size_bytes=archive.size_bytes, offset=offset
        )


class _Progress:
    """Tells on standard error how far the upload is; on a terminal while it goes on."""

    def __init__(self, archive: Packed) -> None:
        self._archive = archive
        self._live = sys.stderr.isatty()
        self._there = 0
        self._shown_at = 0.0

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        clear = "\r\x1b[K" if self._live else ""
        if kind is not None:
            print(clear, end="", file=sys.stderr)
            return
        sent = self._archive.size_bytes - self._there
        files = f"{self._archive.file_count} files, {_size(self._archive.size_bytes)}"
        how = f"{_size(sent)} sent" if sent else "the runner had it already"
        print(f"{clear}workspace: {files}; {how}", file=sys.stderr)

    def begin(self, there: int) -> None:
        """Note how many bytes the runner had before."""
        self._there = self._there or there

    def show(self, size_bytes: int) -> None:
        """Show that `size_bytes` are on their way or there."""
        now = time.monotonic()
        if self._live and now - self._shown_at > _SHOWN_EVERY_S:
            self._shown_at = now
            share = f"{_size(size_bytes)} of {_size(self._archive.size_bytes)}"
            print(f"\r\x1b[Kuploading the workspace: {share}", end="", file=sys.stderr, flush=True)


def _warn(archive: Packed) -> None:
    if not archive.left_out:
        return
    names = ", ".join(archive.left_out[:_SHOWN_NAMES])
    more = " …" if len(archive.left_out) > _SHOWN_NAMES else ""
    print(
        f"warning: links that lead out of the workspace are not uploaded: {names}{more}",
        file=sys.stderr,
    )


def _size(size_bytes: int) -> str:
    if size_bytes < 1_000_000:
        return f"{size_bytes / 1e3:.1f} kB"
    return f"{size_bytes / 1e6:.1f} MB"
