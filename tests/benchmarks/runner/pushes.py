"""Pushes of the runner against `docker push`.

Every round pushes an image of its own, and every side: what a registry has is not sent again.
"""

import random
import statistics
import uuid
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.rows import Row, medians, seconds
from tests.benchmarks.runner.bench import Bench, Work, pipeline_that_builds
from tests.engine import Account

_ROUNDS, _ROUNDS_OF_TAGS = 3, 7
_LAYER_COUNT, _LAYER_BYTES = 10, 20_000_000
_DOCKERFILE = "FROM scratch\n" + "".join(f"COPY {n} /{n}\n" for n in range(_LAYER_COUNT))
_TAGS = [f"v{number}" for number in range(8)]
_PUSHED = """\
version: '1.0'
steps:
  image:
    type: build
    image_name: bench/layers
    tag: {tag}
    registry: bench
"""
_TAGGED = """\
version: '1.0'
mode: parallel
steps:
  image:
    type: build
    image_name: bench/tags
    tag: ours
    disable_push: true
  here: &push
    type: push
    candidate: ${{{{image}}}}
    registry: bench
    tags: {tags}
    when: {{steps: [{{name: image, on: [success]}}]}}
  there:
    <<: *push
    registry: second
"""


def push_rows(bench: Bench) -> Iterator[Row]:
    """Measure an image of ten layers, new to a registry and known, and eight tags of a small one.

    Both sides build from the cache first.
    """
    our_first, our_again, their_first, their_again = [], [], [], []
    for _ in range(_ROUNDS):
        work = _our_push(bench)
        our_first.append(seconds(work))
        our_again.append(seconds(work))
        work = _their_push(bench)
        their_first.append(seconds(work))
        their_again.append(seconds(work))
        bench.forget_builds()
    yield _row("push-10-layers", our_first, their_first, aim=1.05)
    yield _row("push-10-layers-repeated", our_again, their_again, aim=1.0)
    yield _tags_row(bench)


def _row(name: str, ours: list[float], theirs: list[float], *, aim: float) -> Row:
    return Row(
        name=name,
        figure=statistics.median(ours),
        unit="s",
        peer="docker build + docker push",
        peer_figure=statistics.median(theirs),
        aim=aim,
    )


def _our_push(bench: Bench) -> Work:
    directory = _layers(bench, pipeline_that_builds("bench/layers"))
    bench.run(directory)()
    pipeline = _PUSHED.format(tag=directory.name)
    (directory / "codefresh.yml").write_text(pipeline, encoding="utf-8")
    return bench.run(directory)


def _their_push(bench: Bench) -> Work:
    directory = _layers(bench, "")
    domain = bench.environment.registries["open"].domain
    reference = f"{domain}/bench/layers:{directory.name}"

    def build() -> None:
        bench.docker("build", "--quiet", "--tag", reference, str(directory))

    def work() -> None:
        build()
        bench.docker("push", "--quiet", reference)

    build()
    return work


def _layers(bench: Bench, pipeline: str) -> Path:
    name = f"layers-{uuid.uuid4().hex[:8]}"
    ignored = "codefresh.yml\n"
    directory = bench.directory(
        name, Dockerfile=_DOCKERFILE, codefresh_yml=pipeline, _dockerignore=ignored
    )
    for number in range(_LAYER_COUNT):
        (directory / str(number)).write_bytes(random.randbytes(_LAYER_BYTES))
    return directory


def _tags_row(bench: Bench) -> Row:
    [account] = bench.environment.registries["basic"].accounts
    bench.freshet.add_registry("basic", "second")
    base = bench.environment.base_image
    directory = bench.directory(
        "tags",
        Dockerfile=f"FROM {base}\nRUN echo {uuid.uuid4()} > /one\n",
        codefresh_yml=_TAGGED.format(tags=_TAGS),
    )
    figure, peer_figure = medians(
        [bench.run(directory), _one_after_the_other(bench, directory, account)], _ROUNDS_OF_TAGS
    )
    return Row(
        name="push-8-tags-to-2-registries",
        figure=figure,
        unit="s",
        peer="docker push, 16 times",
        peer_figure=peer_figure,
        aim=0.6,
    )


def _one_after_the_other(bench: Bench, directory: Path, account: Account) -> Work:
    domains = [bench.environment.registries[name].domain for name in ("open", "basic")]
    references = [f"{domain}/bench/tags-theirs:{tag}" for domain in domains for tag in _TAGS]
    tags = [word for reference in references for word in ("--tag", reference)]
    bench.docker("build", "--quiet", *tags, str(directory))
    login = ["--username", account.username, "--password-stdin", domains[1]]
    bench.docker("login", *login, typed=account.password)

    def work() -> None:
        for reference in references:
            bench.docker("push", "--quiet", reference)

    return work
