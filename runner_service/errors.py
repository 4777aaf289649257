"""What goes wrong in the runner.

RunnerError                   a request that cannot be served
├── RunNotFound
├── InvalidRequest            with one violation for each faulty field
├── OperationUnsupported      the plan asks for what this runner cannot do
├── EventsOutOfRange
├── RunNotEnded
├── RunElsewhere
├── RequestIdReused
├── QueueFull
├── RunnerStopping
├── ArchiveRefused            an uploaded archive is not what it should be
├── UploadConflict            bytes were sent that do not go on from those there are
├── UploadStalled
├── ArchivesFull
├── FeatureUnsupported        the call itself is not served yet
└── StoreUnavailable

StepFailed                    a step could not do its work; a state of the run, not of a request
"""

from collections.abc import Sequence


class RunnerError(Exception):
    """A request cannot be served."""


class RunNotFound(RunnerError):
    """There is no such run, or it was deleted."""

    def __init__(self, name: str) -> None:
        """Note the resource name."""
        super().__init__(f'there is no run "{name}"')
        self.name = name


class InvalidRequest(RunnerError):
    """Fields of the request are faulty."""

    def __init__(self, violations: Sequence[tuple[str, str]]) -> None:
        """Note each faulty field and what is wrong with it."""
        super().__init__("; ".join(f"{field}: {text}" for field, text in violations))
        self.violations = tuple(violations)


class OperationUnsupported(RunnerError):
    """The plan holds an operation that this runner cannot do."""

    def __init__(self, step_id: str, feature: str) -> None:
        """Note who asks for what, for example `run` or `build.ssh`; no id: the whole pipeline."""
        who = f'step "{step_id}"' if step_id else "the pipeline"
        super().__init__(f'{who} needs "{feature}", which this version of the runner cannot do')
        self.step_id = step_id
        self.feature = feature


class EventsOutOfRange(RunnerError):
    """The events asked for are not there."""

    def __init__(self, start: int, last: int, first: int = 1) -> None:
        """Note the first event asked for, the newest there is and the oldest that is kept.

        All count from 1; none is kept when `first` is beyond `last`.
        """
        if 1 <= start < first:
            kept = f"the oldest that is kept is {first}" if first <= last else "none is kept"
            super().__init__(f"event {start} was dropped, as old ones are; {kept}")
        else:
            super().__init__(f"event {start} was asked for, the newest is {last}")
        self.start = start
        self.last = last
        self.first = first


class RunNotEnded(RunnerError):
    """The run is still going on."""

    def __init__(self, name: str) -> None:
        """Note the resource name."""
        super().__init__(f'"{name}" has not ended; cancel it first')
        self.name = name


class RunElsewhere(RunnerError):
    """Another runner executes the run, and it alone can stop it."""

    def __init__(self, name: str) -> None:
        """Note the resource name."""
        super().__init__(f'another runner executes "{name}"; ask that one')
        self.name = name


class RequestIdReused(RunnerError):
    """Another request had the same id."""

    def __init__(self, request_id: str, name: str) -> None:
        """Note the id, and the name of the run that the first request made."""
        super().__init__(
            f'another request with the request_id "{request_id}" made "{name}"; each request '
            "needs an id of its own, and a repeated one must not be changed"
        )
        self.request_id = request_id
        self.name = name


class QueueFull(RunnerError):
    """Too many runs wait."""

    def __init__(self, limit: int) -> None:
        """Note how many may wait."""
        super().__init__(f"{limit} runs wait already; try again later")
        self.limit = limit


class RunnerStopping(RunnerError):
    """The runner takes nothing more; when it is started again, its runs go on."""

    def __init__(self) -> None:
        """Tell what to do."""
        super().__init__("the runner is stopping; its runs go on when it is started again")


class FeatureUnsupported(RunnerError):
    """The call is part of the contract but not served by this version."""

    def __init__(self, feature: str, alternative: str) -> None:
        """Note the `feature` and what to do in its place."""
        super().__init__(f"{feature} are not served by this version of the runner; {alternative}")
        self.feature = feature


class ArchiveRefused(RunnerError):
    """An archive is malformed, leads out of itself, or is too large."""

    def __init__(self, reason: str, what: str) -> None:
        """Note the stable `reason`, and `what` is wrong with the archive."""
        super().__init__(f"the archive is refused: {what}")
        self.reason = reason


class UploadConflict(RunnerError):
    """The bytes do not go on from those that are there."""

    def __init__(self, message: str, size_bytes: int) -> None:
        """Note how many bytes there are."""
        super().__init__(message)
        self.size_bytes = size_bytes


class UploadStalled(RunnerError):
    """No data came for too long."""

    def __init__(self, limit_s: float) -> None:
        """Note how long was waited."""
        super().__init__(f"no data came for {limit_s:g} s; what there is stays, go on from there")


class ArchivesFull(RunnerError):
    """There is no room for another archive."""

    def __init__(self, limit_bytes: int) -> None:
        """Note how much room there is for all."""
        super().__init__(
            f"the archives of runs that have not ended leave no room in {limit_bytes} bytes; try "
            "again later, or give the runner more (`archives-size`)"
        )
        self.limit_bytes = limit_bytes


class StoreUnavailable(RunnerError):
    """The database of the runner cannot be read or written."""


class StepFailed(Exception):
    """A step could not do its work."""

    def __init__(self, reason: str, message: str, help: str = "") -> None:
        """Note the stable `reason`, one sentence, and what to do about it."""
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.help = help
