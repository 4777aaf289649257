"""The contract of `Daemon`, kept by the fake one and by Docker of every kind."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from runner_service.daemon import (
    BuildEvent,
    BuildFailed,
    BuildRequest,
    CacheUse,
    ContextNotFound,
    Credentials,
    DaemonUnavailable,
    Dockerfile,
    DockerfileNotFound,
    DockerfilePath,
    InlineDockerfile,
    RegistryUse,
    VertexProgress,
)
from runner_service.ssh_agents import KeyAgent
from tests.contract.building import BASE, build_image, request_of, tagged
from tests.contract.conftest import Subject
from tests.ssh import IN_CONTAINER, key_pair, put_ssh_add


async def test_daemon_describes_itself(subject: Subject) -> None:
    description = await subject.daemon.describe()

    assert description.engine_version[0].isdigit()
    assert description.api_version.startswith("1.")
    assert (description.operating_system, description.architecture) == ("linux", "amd64")


async def test_build_copies_the_context_and_runs_commands(subject: Subject, tmp_path: Path) -> None:
    tmp_path.joinpath("greeting").write_text(f"hello {subject.unique}")
    request = request_of(tmp_path, "COPY greeting /greeting", "RUN cat /greeting")

    built = await build_image(subject, request)

    assert built.image_id.startswith("sha256:")
    assert not built.cached
    assert f"hello {subject.unique}" in subject.heard.text


async def test_second_build_says_that_it_was_cached(subject: Subject, tmp_path: Path) -> None:
    tmp_path.joinpath("file").write_text(subject.unique)
    request = request_of(tmp_path, "COPY . /all", "RUN cat /all/file")

    first = await build_image(subject, request)
    second = await build_image(subject, request)
    third = await build_image(subject, replace(request, cache_disabled=True))

    assert (first.cached, second.cached, third.cached) == (False, True, False)
    assert "CACHED" in subject.heard.text


async def test_build_tells_its_vertices_and_its_use_of_the_cache(
    subject: Subject, tmp_path: Path
) -> None:
    events: list[BuildEvent] = []
    request = replace(request_of(tmp_path, f"RUN echo {subject.unique}"), observe=events.append)
    await build_image(subject, request)
    first, events[:] = [*events], []

    more = request_of(tmp_path, f"RUN echo {subject.unique}", f"RUN echo more {subject.unique}")
    partial = await build_image(subject, replace(more, observe=events.append))

    assert partial.cache_use is CacheUse.PARTIAL
    begun, ended = [each for each in first if _of(each, f"RUN echo {subject.unique}")]
    assert isinstance(begun, VertexProgress) and isinstance(ended, VertexProgress)
    assert (begun.completed_ns, begun.cached) == (None, False)
    assert ended.completed_ns is not None
    assert ended.completed_ns >= ended.started_ns > 10**18
    cached = [each for each in events if _of(each, f"RUN echo {subject.unique}")][-1]
    assert isinstance(cached, VertexProgress)
    assert cached.cached


async def test_failed_vertex_is_told_with_its_error(subject: Subject, tmp_path: Path) -> None:
    events: list[BuildEvent] = []
    request = request_of(tmp_path, f"RUN echo {subject.unique} && exit 7")

    with pytest.raises(BuildFailed):
        await build_image(subject, replace(request, observe=events.append))

    failed = [each for each in events if _of(each, "exit 7")][-1]
    assert isinstance(failed, VertexProgress)
    assert "exit code: 7" in failed.error


def _of(event: BuildEvent, instruction: str) -> bool:
    return isinstance(event, VertexProgress) and event.name.endswith(instruction)


async def test_changed_file_is_copied_again(subject: Subject, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text(f"one {subject.unique}")
    request = request_of(tmp_path, "COPY file /file", "RUN cat /file")
    await build_image(subject, request)
    file.write_text(f"two {subject.unique}")

    again = await build_image(subject, request)

    assert not again.cached
    assert f"two {subject.unique}" in subject.heard.text


async def test_missing_dockerfile_is_named(subject: Subject, tmp_path: Path) -> None:
    request = BuildRequest(
        context_directory=tmp_path, dockerfile=DockerfilePath(path=Path("deploy/Dockerfile"))
    )

    with pytest.raises(DockerfileNotFound) as failure:
        await build_image(subject, request)

    assert failure.value.path == Path("deploy/Dockerfile")


async def test_missing_context_is_named(subject: Subject, tmp_path: Path) -> None:
    with pytest.raises(ContextNotFound) as failure:
        await build_image(subject, BuildRequest(context_directory=tmp_path / "absent"))

    assert failure.value.directory == tmp_path / "absent"


async def test_failing_command_gives_step_and_exit_code(subject: Subject, tmp_path: Path) -> None:
    request = request_of(tmp_path, f"RUN echo {subject.unique} && exit 7")

    with pytest.raises(BuildFailed) as failure:
        await build_image(subject, request)

    assert failure.value.exit_code == 7
    assert failure.value.step
    assert subject.unique in failure.value.step


async def test_missing_file_of_a_copy_fails_the_build(subject: Subject, tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="absent") as failure:
        await build_image(subject, request_of(tmp_path, "COPY absent /"))

    assert failure.value.exit_code is None


async def test_build_argument_reaches_the_dockerfile(subject: Subject, tmp_path: Path) -> None:
    request = request_of(tmp_path, "ARG NAME=nobody", "RUN echo for-$NAME-only")
    arguments = {"NAME": subject.unique}

    await build_image(subject, replace(request, build_arguments=arguments))

    assert f"for-{subject.unique}-only" in subject.heard.text


@pytest.mark.parametrize("inline", [True, False], ids=["inline", "outside of the context"])
async def test_foreign_dockerfile_is_no_part_of_the_context(
    subject: Subject, tmp_path: Path, inline: bool
) -> None:
    context = tmp_path / "context"
    context.mkdir()
    context.joinpath("file").write_text(subject.unique)
    text = f"FROM {BASE}\nCOPY . /all\nRUN cat /all/file && test ! -e /all/Dockerfile\n"
    outside = tmp_path / "Dockerfile"
    outside.write_text(text)
    dockerfile: Dockerfile = InlineDockerfile(text=text) if inline else DockerfilePath(path=outside)

    await build_image(subject, BuildRequest(context_directory=context, dockerfile=dockerfile))

    assert subject.unique in subject.heard.text


async def test_dockerignore_keeps_files_away(subject: Subject, tmp_path: Path) -> None:
    tmp_path.joinpath("logs").mkdir()
    tmp_path.joinpath("logs/old").write_text("old")
    tmp_path.joinpath("logs/kept").write_text(subject.unique)
    tmp_path.joinpath(".dockerignore").write_text("Dockerfile\nlogs\n!logs/kept\n")
    checks = "test ! -e /all/Dockerfile && test ! -e /all/logs/old && cat /all/logs/kept"

    await build_image(subject, request_of(tmp_path, "COPY . /all", f"RUN {checks}"))

    assert subject.unique in subject.heard.text


async def test_secret_is_there_for_its_command_only(subject: Subject, tmp_path: Path) -> None:
    async def secret() -> bytes:
        return subject.unique.encode()

    request = request_of(
        tmp_path,
        "RUN --mount=type=secret,id=token cat /run/secrets/token",
        "RUN test ! -e /run/secrets/token && echo it is gone",
    )

    await build_image(subject, replace(request, cache_disabled=True, secrets={"token": secret}))

    assert subject.unique in subject.heard.text
    assert "it is gone" in subject.heard.text


@pytest.mark.parametrize("id", ["default", "github"])
async def test_ssh_agent_is_lent_to_its_command(subject: Subject, tmp_path: Path, id: str) -> None:
    pair = key_pair()
    put_ssh_add(tmp_path / "ssh")
    mount = "--mount=type=ssh" if id == "default" else f"--mount=type=ssh,id={id}"
    request = request_of(
        tmp_path,
        "COPY ssh /ssh",
        f"RUN echo {subject.unique}",
        f"RUN {mount} {IN_CONTAINER} -L",
    )
    agent = KeyAgent([pair.private])

    await build_image(subject, replace(request, ssh_agents={id: agent}))

    assert pair.public in subject.heard.text
    assert pair.private.splitlines()[1].decode() not in subject.heard.text


async def test_ssh_agent_that_nobody_lent_fails_its_command(
    subject: Subject, tmp_path: Path
) -> None:
    put_ssh_add(tmp_path / "ssh")
    request = request_of(
        tmp_path,
        "COPY ssh /ssh",
        f"RUN echo {subject.unique} > /lent-by-nobody",  # BuildKit reuses what has equal files
        f"RUN --mount=type=ssh {IN_CONTAINER} -L",
    )

    with pytest.raises(BuildFailed):
        await build_image(subject, request)


async def test_base_image_may_want_an_account(subject: Subject, tmp_path: Path) -> None:
    reference = await tagged(subject, tmp_path)
    await subject.daemon.push(reference, subject.credentials, subject.heard)
    asked = []

    async def credentials_for(use: RegistryUse) -> Credentials:
        asked.append(use.domain)
        return subject.credentials

    request = BuildRequest(
        context_directory=tmp_path,
        dockerfile=InlineDockerfile(text=f"FROM {reference}\nRUN echo upon {subject.unique}\n"),
        pull=True,
        credentials_for=credentials_for,
    )

    await build_image(subject, request)

    assert set(asked) == {subject.domain}
    assert f"upon {subject.unique}" in subject.heard.text


async def test_base_image_without_the_account_fails(subject: Subject, tmp_path: Path) -> None:
    reference = await tagged(subject, tmp_path)
    await subject.daemon.push(reference, subject.credentials, subject.heard)
    dockerfile = InlineDockerfile(text=f"FROM {reference}\n")

    with pytest.raises(BuildFailed) as failure:
        await build_image(
            subject, BuildRequest(context_directory=tmp_path, dockerfile=dockerfile, pull=True)
        )

    assert reference in str(failure.value)


async def test_trouble_with_credentials_comes_back_as_it_was(
    subject: Subject, tmp_path: Path
) -> None:
    class VaultSealed(Exception):
        pass

    async def credentials_for(use: RegistryUse) -> Credentials:
        raise VaultSealed(use.domain)

    reference = await tagged(subject, tmp_path)
    request = BuildRequest(
        context_directory=tmp_path,
        dockerfile=InlineDockerfile(text=f"FROM {reference}\n"),
        pull=True,
        credentials_for=credentials_for,
    )

    with pytest.raises(VaultSealed):
        await build_image(subject, request)


async def test_cancelled_build_ends_at_once_and_leaves_the_daemon_usable(
    subject: Subject, tmp_path: Path
) -> None:
    started = asyncio.Event()

    def watch(stream: object, data: bytes) -> None:
        if b"RUN" in data:
            started.set()

    request = request_of(tmp_path, f"RUN echo {subject.unique} && sleep 600")
    build = asyncio.create_task(subject.daemon.build(request, watch))
    await asyncio.wait_for(started.wait(), 30)

    build.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(build, 5)
    await build_image(subject, request_of(tmp_path, f"RUN echo still {subject.unique}"))
    assert f"still {subject.unique}" in subject.heard.text


async def test_unreachable_daemon_is_unavailable(subject: Subject, tmp_path: Path) -> None:
    daemon = subject.unavailable

    for call in (
        daemon.describe(),
        daemon.find_image(BASE),
        daemon.tag(BASE, subject.reference),
        daemon.build(request_of(tmp_path), subject.heard),
        daemon.push(subject.reference, None, subject.heard),
        daemon.pull(subject.reference, None, subject.heard),
        daemon.remote_digest(subject.reference, None),
    ):
        with pytest.raises(DaemonUnavailable):
            await call
