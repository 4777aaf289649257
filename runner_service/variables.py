"""Variables that only the runner knows; source: the language's list of system variables."""

from collections.abc import Mapping

from freshet.rpc.names import RUNS
from freshet.runner.v1.run_pb2 import Run
from runner_service.workspace import VOLUME


def run_variables(run: Run, given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a run: those of the caller win over those of the system."""
    system = {
        "CI": "true",
        "CF_BUILD_ID": RUNS.id(run.name),
        "CF_BUILD_TIMESTAMP": str(run.create_time.ToMilliseconds()),
        "CF_PIPELINE_NAME": run.pipeline,
        "CF_VOLUME_PATH": str(VOLUME),
    }
    return {**system, **given}


def step_variables(step_id: str, attempt: int, max_attempt_count: int) -> dict[str, str]:
    """Return the variables that differ from step to step; attempts count from 1."""
    return {
        "CF_STEP_NAME": step_id,
        "CF_CURRENT_ATTEMPT": str(attempt),
        "CF_MAX_ATTEMPTS": str(max(1, max_attempt_count)),
    }
