"""Builds of the runner against `docker build` with BuildKit."""

from collections.abc import Iterator, Mapping

from tests.benchmarks.rows import Row, medians, row_against_fastest
from tests.benchmarks.runner.bench import Bench, Work, pipeline_that_builds

_STEPS = "FROM {base}\n" + "".join(f"RUN echo {n} > /{n}\n" for n in range(19))
_TWO_STAGES = """\
FROM {base} AS made
RUN seq 300000 > /numbers && sha256sum /numbers > /sum
RUN gzip -c /numbers > /numbers.gz
FROM {base}
COPY --from=made /numbers.gz /sum /
RUN test -s /sum
"""


def build_rows(bench: Bench) -> Iterator[Row]:
    """Measure a build of 20 steps from the cache, and one of two stages without."""
    base = bench.environment.base_image
    cached = bench.directory(
        "cached",
        Dockerfile=_STEPS.format(base=base),
        codefresh_yml=pipeline_that_builds("bench/cached"),
    )
    peers = bench.builders("--tag", "bench/cached:theirs", str(cached))
    yield _row("cached-build-20-steps", bench.run(cached), peers, rounds=11, aim=1.1)

    cold = bench.directory(
        "cold",
        Dockerfile=_TWO_STAGES.format(base=base),
        codefresh_yml=pipeline_that_builds("bench/cold", "no_cache: true"),
    )
    # Who wants no cache of a pipeline gets new base images too.
    peers = bench.builders("--no-cache", "--pull", "--tag", "bench/cold:theirs", str(cold))
    yield _row("cold-build-two-stages", bench.run(cold), peers, rounds=5, aim=1.05)


def _row(name: str, ours: Work, peers: Mapping[str, Work], *, rounds: int, aim: float) -> Row:
    figure, *peer_figures = medians([ours, *peers.values()], rounds)
    return row_against_fastest(name, figure, dict(zip(peers, peer_figures, strict=True)), aim)
