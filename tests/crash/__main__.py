"""Kills services at random moments: `python -m tests.crash --help`."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from freshet.database import sqlite_url
from tests.crash.rounds import Lost, Tally, run_rounds
from tests.engine.postgresql import postgres_server


def main() -> int:
    """Run the rounds that are asked for; return 1 when something was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument(
        "store",
        choices=[*_STORES, _RUNNER],
        help="whose writers are killed; `server`: PostgreSQL whole; "
        f"`{_RUNNER}`: runner, dockerd and registry while runs go on",
    )
    parser.add_argument("--kills", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--seed", type=int, help="repeats the writes of an earlier run")
    arguments = parser.parse_args()
    seed = random.SystemRandom().getrandbits(32) if arguments.seed is None else arguments.seed
    try:
        if arguments.store == _RUNNER:
            return _kill_runs(arguments.kills, seed)
        tally = _STORES[arguments.store](arguments.kills, seed)
    except Lost as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{tally.kills} kills, {tally.acknowledged} acknowledged writes, 0 lost; of "
        f"{tally.in_flight} in flight {tally.in_flight_stored} stored (seed {seed})"
    )
    return 0


def _kill_runs(kills: int, seed: int) -> int:
    from tests.crash.runs import run_rounds as run_rounds_of_runs

    tally = run_rounds_of_runs(kills, seed)
    print(
        f"{tally.kills} kills, {tally.runs} runs ended, {tally.succeeded} of them well; "
        f"{tally.acknowledged} events told, 0 lost; {tally.pushed} tags reported, all there; "
        f"{tally.repeated} operations done again, all told; failed by {dict(tally.failures)}; "
        f"{tally.untagged} images of dead daemons; uploads left by {dict(tally.uploads)}; "
        f"killed {dict(tally.targets)} (seed {seed})"
    )
    return 0


def _sqlite(kills: int, seed: int) -> Tally:
    with tempfile.TemporaryDirectory(prefix="freshet-crash-") as folder:
        return run_rounds(sqlite_url(Path(folder) / "registry.db"), kills, seed, None)


def _postgresql(kills: int, seed: int) -> Tally:
    with postgres_server() as server:
        return run_rounds(server.url(), kills, seed, None)


def _server(kills: int, seed: int) -> Tally:
    with postgres_server() as server:

        def crash() -> None:
            server.kill()
            server.start()

        return run_rounds(server.url(), kills, seed, crash)


_RUNNER = "runner"
_STORES = {"sqlite": _sqlite, "postgresql": _postgresql, "server": _server}

if __name__ == "__main__":
    sys.exit(main())
