"""Where the files of a run come from: a directory of this machine, or an uploaded archive."""

from collections.abc import Iterator
from pathlib import Path

from freshet.rpc.names import InvalidResourceName
from freshet.runner.v1.run_pb2 import Workspace as Source
from runner_service.archives import Archives
from runner_service.errors import StepFailed
from runner_service.workspace import Workspace

_UPLOADED_NAME = "workspace"
_MOST_NAME_BYTES = 255
_UPLOAD = "upload the files with `UploadArchive` and give `workspace.archive`"


class Sources:
    """What runs may work on."""

    def __init__(self, archives: Archives, roots: tuple[Path, ...] = ()) -> None:
        """Allow `archives`, and directories below `roots`; without any, all directories."""
        self._archives = archives
        self._roots = tuple(root.resolve() for root in roots)

    def violations(self, source: Source, *, local_peer: bool) -> Iterator[tuple[str, str]]:
        """Yield each faulty field and what is wrong with it.

        `local_peer` says that the request came over a Unix socket. Blocks for a moment.
        """
        match source.WhichOneof("source"):
            case "local_directory" if not local_peer:
                yield "workspace.local_directory", f"is taken only over a Unix socket; {_UPLOAD}"
            case "local_directory":
                for text in self._directory_faults(Path(source.local_directory)):
                    yield "workspace.local_directory", text
            case "archive" if not self._archive(source):
                yield "workspace.archive", f'there is no "{source.archive}" (any more); {_UPLOAD}'
            case "archive":
                pass
            case "artifact":
                yield "workspace.artifact", f"this version of the runner takes none; {_UPLOAD}"
            case _:
                yield "workspace", "is missing; give `local_directory` or `archive`"
        if not _is_name(source.directory_name):
            yield "workspace.directory_name", "is no name of a directory"

    def open(self, source: Source) -> Workspace:
        """Return the files of a run.

        Raises:
            StepFailed: they are gone.
        """
        if source.WhichOneof("source") == "local_directory":
            return Workspace(Path(source.local_directory), source.directory_name)
        directory = self._archive(source)
        if directory is None:
            raise StepFailed(
                "ARCHIVE_GONE",
                f'"{source.archive}" was removed before the run began',
                "run the pipeline again, which uploads its files again",
            )
        return Workspace(directory, source.directory_name or _UPLOADED_NAME)

    def _archive(self, source: Source) -> Path | None:
        try:
            return self._archives.find(source.archive)
        except InvalidResourceName:
            return None

    def _directory_faults(self, directory: Path) -> Iterator[str]:
        if not directory.is_absolute():
            yield f'"{directory}" is not absolute'
        elif not directory.is_dir():
            yield f'"{directory}" is no directory on the machine of the runner'
        elif self._roots and not self._allows(directory.resolve()):
            roots = ", ".join(f'"{root}"' for root in self._roots)
            yield f'"{directory}" is not in {roots}, where this runner allows workspaces'

    def _allows(self, directory: Path) -> bool:
        return any(directory.is_relative_to(root) for root in self._roots)


def _is_name(name: str) -> bool:
    fits = len(name.encode(errors="replace")) <= _MOST_NAME_BYTES and name.isprintable()
    return fits and "/" not in name and name not in (".", "..")
