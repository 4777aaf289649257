"""What the tests of daemons build."""

from dataclasses import replace
from pathlib import Path

from runner_service.daemon import (
    BuildRequest,
    BuiltImage,
)
from tests.contract.conftest import Subject

BASE = "alpine:3.20"


def request_of(directory: Path, *lines: str) -> BuildRequest:
    directory.joinpath("Dockerfile").write_text("\n".join([f"FROM {BASE}", *lines, ""]))
    return BuildRequest(context_directory=directory)


async def build_image(subject: Subject, request: BuildRequest) -> BuiltImage:
    return await subject.daemon.build(request, subject.heard)


async def tagged(subject: Subject, directory: Path) -> str:
    """Build something, tagged for the registry; return its reference."""
    request = request_of(directory, f"RUN echo {subject.unique}")
    await build_image(subject, replace(request, references=(subject.reference,)))
    return subject.reference
