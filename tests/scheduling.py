"""Which tests may run at the same time: files, but those that look at what a daemon has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from xdist.remote import Producer

_ON_DAEMONS = ("tests/integration/", "tests/contract/test_daemon")
_BESIDE_THEM = (
    "tests/integration/registry_service/",
    "tests/integration/runner_service/test_crash.py",  # it has an engine of its own
    "tests/integration/test_registry_",
    "tests/integration/test_runs_cli.py",
    "tests/integration/test_start.py",
)


class _Scheduling(LoadScopeScheduling):
    """Gives whole files to workers, and all that use a daemon to one of them.

    Those tests count containers and prune caches of engines that they share.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(_ON_DAEMONS) and not nodeid.startswith(_BESIDE_THEM):
            return "daemons"
        return nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Distribute tests by what they share."""
    return _Scheduling(config, log)
