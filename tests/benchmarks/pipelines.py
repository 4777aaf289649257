"""Pipelines to measure on: the mix of step types that real files have."""

from itertools import cycle, islice

WHOLE_LANGUAGE = True
"""Whether the compiler takes steps of all types, so that the mix is that of real files."""

_CLONE = """\
  clone_{n}:
    title: Clone part {n}
    type: git-clone
    repo: acme/part-{n}
    revision: ${{{{CF_BRANCH}}}}
"""
_BUILD = """\
  build_{n}:
    title: Build part {n}
    type: build
    image_name: acme/part-{n}
    working_directory: ./part{n}
    dockerfile: Dockerfile
    tag: ${{{{CF_BRANCH_TAG_NORMALIZED}}}}-{n}
    build_arguments:
      - VERSION=${{{{VERSION}}}}
    disable_push: true
"""
_PUSH = """\
  push_{n}:
    title: Push part {n}
    type: push
    candidate: acme/part-{n}:latest
    image_name: acme/part-{n}
    registry: production
    tags: [latest, '${{{{CF_SHORT_REVISION}}}}']
"""
_RUN = """\
  test_{n}:
    title: Test part {n}
    image: python:3.12
    working_directory: ./part{n}
    environment:
      - PART={n}
    commands:
      - pip install --requirement requirements.txt
      - pytest --junitxml "report-${{{{CF_BUILD_ID}}}}.xml"
"""
_RUN_WHEN = """\
  report_{n}:
    title: Report on part {n}
    image: alpine:3.20
    commands:
      - ./report.sh "${{{{CF_REPO_NAME}}}}"
    when:
      branch:
        only: [main, /^release-.*/i]
      condition:
        all:
          isNamed: '"${{{{PART}}}}" != "none"'
"""
_PARALLEL = """\
  checks_{n}:
    title: Check part {n}
    type: parallel
    steps:
      lint_{n}:
        image: python:3.12
        commands: [ruff check]
      types_{n}:
        image: python:3.12
        commands: [mypy]
"""
# Real files hold, of 34 steps, about 18 freestyle, 6 build, 5 git-clone, 4 push and 1 parallel.
_MIX = (
    *(_CLONE, _BUILD, _RUN, _RUN, _RUN_WHEN, _RUN, _PUSH) * 4,
    *(_CLONE, _BUILD, _RUN, _BUILD, _RUN, _PARALLEL),
)


def pipeline_of_steps(step_count: int) -> str:
    """Return a valid pipeline of `step_count` steps."""
    steps = islice(cycle(_MIX), step_count)
    return "version: '1.0'\nsteps:\n" + "".join(
        step.format(n=number) for number, step in enumerate(steps)
    )


def pipeline_of_lines(line_count: int) -> str:
    """Return a valid pipeline of about `line_count` lines: whole steps, and no more lines."""
    step_count = 0
    while pipeline_of_steps(step_count + 1).count("\n") <= line_count:
        step_count += 1
    return pipeline_of_steps(step_count)
