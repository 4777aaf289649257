"""The contract of `Daemon`, kept by the fake one and by Docker of every kind."""

import asyncio
import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from runner_service.daemon import (
    BuildEvent,
    BuildFailed,
    BuildRequest,
    BuiltImage,
    CacheUse,
    ContextNotFound,
    Credentials,
    DaemonUnavailable,
    Dockerfile,
    DockerfileNotFound,
    DockerfilePath,
    FailureReason,
    ImageNotFound,
    ImageStore,
    InlineDockerfile,
    PullFailed,
    PushFailed,
    RegistryUse,
    VertexProgress,
)
from runner_service.ssh_agents import KeyAgent
from tests.contract.conftest import Subject
from tests.ssh import IN_CONTAINER, key_pair, put_ssh_add

_BASE = "alpine:3.20"


def _request(directory: Path, *lines: str) -> BuildRequest:
    directory.joinpath("Dockerfile").write_text("\n".join([f"FROM {_BASE}", *lines, ""]))
    return BuildRequest(context_directory=directory)


async def _build(subject: Subject, request: BuildRequest) -> BuiltImage:
    return await subject.daemon.build(request, subject.heard)


async def _tagged(subject: Subject, directory: Path) -> str:
    """Build something, tagged for the registry; return its reference."""
    request = _request(directory, f"RUN echo {subject.unique}")
    await _build(subject, replace(request, references=(subject.reference,)))
    return subject.reference


async def test_daemon_describes_itself(subject: Subject) -> None:
    description = await subject.daemon.describe()

    assert description.engine_version[0].isdigit()
    assert description.api_version.startswith("1.")
    assert (description.operating_system, description.architecture) == ("linux", "amd64")


async def test_build_copies_the_context_and_runs_commands(subject: Subject, tmp_path: Path) -> None:
    tmp_path.joinpath("greeting").write_text(f"hello {subject.unique}")
    request = _request(tmp_path, "COPY greeting /greeting", "RUN cat /greeting")

    built = await _build(subject, request)

    assert built.image_id.startswith("sha256:")
    assert not built.cached
    assert f"hello {subject.unique}" in subject.heard.text


async def test_second_build_says_that_it_was_cached(subject: Subject, tmp_path: Path) -> None:
    tmp_path.joinpath("file").write_text(subject.unique)
    request = _request(tmp_path, "COPY . /all", "RUN cat /all/file")

    first = await _build(subject, request)
    second = await _build(subject, request)
    third = await _build(subject, replace(request, cache_disabled=True))

    assert (first.cached, second.cached, third.cached) == (False, True, False)
    assert "CACHED" in subject.heard.text


async def test_build_tells_its_vertices_and_its_use_of_the_cache(
    subject: Subject, tmp_path: Path
) -> None:
    events: list[BuildEvent] = []
    request = replace(_request(tmp_path, f"RUN echo {subject.unique}"), observe=events.append)
    await _build(subject, request)
    first, events[:] = [*events], []

    more = _request(tmp_path, f"RUN echo {subject.unique}", f"RUN echo more {subject.unique}")
    partial = await _build(subject, replace(more, observe=events.append))

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
    request = _request(tmp_path, f"RUN echo {subject.unique} && exit 7")

    with pytest.raises(BuildFailed):
        await _build(subject, replace(request, observe=events.append))

    failed = [each for each in events if _of(each, "exit 7")][-1]
    assert isinstance(failed, VertexProgress)
    assert "exit code: 7" in failed.error


def _of(event: BuildEvent, instruction: str) -> bool:
    return isinstance(event, VertexProgress) and event.name.endswith(instruction)


async def test_changed_file_is_copied_again(subject: Subject, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text(f"one {subject.unique}")
    request = _request(tmp_path, "COPY file /file", "RUN cat /file")
    await _build(subject, request)
    file.write_text(f"two {subject.unique}")

    again = await _build(subject, request)

    assert not again.cached
    assert f"two {subject.unique}" in subject.heard.text


async def test_missing_dockerfile_is_named(subject: Subject, tmp_path: Path) -> None:
    request = BuildRequest(
        context_directory=tmp_path, dockerfile=DockerfilePath(path=Path("deploy/Dockerfile"))
    )

    with pytest.raises(DockerfileNotFound) as failure:
        await _build(subject, request)

    assert failure.value.path == Path("deploy/Dockerfile")


async def test_missing_context_is_named(subject: Subject, tmp_path: Path) -> None:
    with pytest.raises(ContextNotFound) as failure:
        await _build(subject, BuildRequest(context_directory=tmp_path / "absent"))

    assert failure.value.directory == tmp_path / "absent"


async def test_failing_command_gives_step_and_exit_code(subject: Subject, tmp_path: Path) -> None:
    request = _request(tmp_path, f"RUN echo {subject.unique} && exit 7")

    with pytest.raises(BuildFailed) as failure:
        await _build(subject, request)

    assert failure.value.exit_code == 7
    assert failure.value.step
    assert subject.unique in failure.value.step


async def test_missing_file_of_a_copy_fails_the_build(subject: Subject, tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="absent") as failure:
        await _build(subject, _request(tmp_path, "COPY absent /"))

    assert failure.value.exit_code is None


async def test_build_argument_reaches_the_dockerfile(subject: Subject, tmp_path: Path) -> None:
    request = _request(tmp_path, "ARG NAME=nobody", "RUN echo for-$NAME-only")
    arguments = {"NAME": subject.unique}

    await _build(subject, replace(request, build_arguments=arguments))

    assert f"for-{subject.unique}-only" in subject.heard.text


@pytest.mark.parametrize("inline", [True, False], ids=["inline", "outside of the context"])
async def test_foreign_dockerfile_is_no_part_of_the_context(
    subject: Subject, tmp_path: Path, inline: bool
) -> None:
    context = tmp_path / "context"
    context.mkdir()
    context.joinpath("file").write_text(subject.unique)
    text = f"FROM {_BASE}\nCOPY . /all\nRUN cat /all/file && test ! -e /all/Dockerfile\n"
    outside = tmp_path / "Dockerfile"
    outside.write_text(text)
    dockerfile: Dockerfile = InlineDockerfile(text=text) if inline else DockerfilePath(path=outside)

    await _build(subject, BuildRequest(context_directory=context, dockerfile=dockerfile))

    assert subject.unique in subject.heard.text


async def test_dockerignore_keeps_files_away(subject: Subject, tmp_path: Path) -> None:
    tmp_path.joinpath("logs").mkdir()
    tmp_path.joinpath("logs/old").write_text("old")
    tmp_path.joinpath("logs/kept").write_text(subject.unique)
    tmp_path.joinpath(".dockerignore").write_text("Dockerfile\nlogs\n!logs/kept\n")
    checks = "test ! -e /all/Dockerfile && test ! -e /all/logs/old && cat /all/logs/kept"

    await _build(subject, _request(tmp_path, "COPY . /all", f"RUN {checks}"))

    assert subject.unique in subject.heard.text


async def test_secret_is_there_for_its_command_only(subject: Subject, tmp_path: Path) -> None:
    async def secret() -> bytes:
        return subject.unique.encode()

    request = _request(
        tmp_path,
        "RUN --mount=type=secret,id=token cat /run/secrets/token",
        "RUN test ! -e /run/secrets/token && echo it is gone",
    )

    await _build(subject, replace(request, cache_disabled=True, secrets={"token": secret}))

    assert subject.unique in subject.heard.text
    assert "it is gone" in subject.heard.text


@pytest.mark.parametrize("id", ["default", "github"])
async def test_ssh_agent_is_lent_to_its_command(subject: Subject, tmp_path: Path, id: str) -> None:
    pair = key_pair()
    put_ssh_add(tmp_path / "ssh")
    mount = "--mount=type=ssh" if id == "default" else f"--mount=type=ssh,id={id}"
    request = _request(
        tmp_path,
        "COPY ssh /ssh",
        f"RUN echo {subject.unique}",
        f"RUN {mount} {IN_CONTAINER} -L",
    )
    agent = KeyAgent([pair.private])

    await _build(subject, replace(request, ssh_agents={id: agent}))

    assert pair.public in subject.heard.text
    assert pair.private.splitlines()[1].decode() not in subject.heard.text


async def test_ssh_agent_that_nobody_lent_fails_its_command(
    subject: Subject, tmp_path: Path
) -> None:
    put_ssh_add(tmp_path / "ssh")
    request = _request(
        tmp_path,
        "COPY ssh /ssh",
        f"RUN echo {subject.unique} > /lent-by-nobody",  # BuildKit reuses what has equal files
        f"RUN --mount=type=ssh {IN_CONTAINER} -L",
    )

    with pytest.raises(BuildFailed):
        await _build(subject, request)


async def test_base_image_may_want_an_account(subject: Subject, tmp_path: Path) -> None:
    reference = await _tagged(subject, tmp_path)
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

    await _build(subject, request)

    assert set(asked) == {subject.domain}
    assert f"upon {subject.unique}" in subject.heard.text


async def test_base_image_without_the_account_fails(subject: Subject, tmp_path: Path) -> None:
    reference = await _tagged(subject, tmp_path)
    await subject.daemon.push(reference, subject.credentials, subject.heard)
    dockerfile = InlineDockerfile(text=f"FROM {reference}\n")

    with pytest.raises(BuildFailed) as failure:
        await _build(
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

    reference = await _tagged(subject, tmp_path)
    request = BuildRequest(
        context_directory=tmp_path,
        dockerfile=InlineDockerfile(text=f"FROM {reference}\n"),
        pull=True,
        credentials_for=credentials_for,
    )

    with pytest.raises(VaultSealed):
        await _build(subject, request)


async def test_built_image_is_found_by_reference_and_by_id(
    subject: Subject, tmp_path: Path
) -> None:
    request = _request(tmp_path, f"RUN echo {subject.unique}")
    built = await _build(subject, replace(request, references=(subject.reference,)))

    by_reference = await subject.daemon.find_image(subject.reference)
    by_id = await subject.daemon.find_image(built.image_id)

    assert by_reference is not None
    assert by_reference.image_id == built.image_id
    assert by_reference.references == (subject.reference,)
    assert by_id == by_reference


async def test_unknown_image_is_none(subject: Subject) -> None:
    assert await subject.daemon.find_image(subject.reference) is None


async def test_image_without_reference_can_be_tagged_later(
    subject: Subject, tmp_path: Path
) -> None:
    built = await _build(subject, _request(tmp_path, f"RUN echo {subject.unique}"))

    await subject.daemon.tag(built.image_id, subject.reference)

    found = await subject.daemon.find_image(subject.reference)
    assert found is not None
    assert found.image_id == built.image_id


async def test_unknown_image_cannot_be_tagged(subject: Subject) -> None:
    with pytest.raises(ImageNotFound):
        await subject.daemon.tag("sha256:" + "0" * 64, subject.reference)


async def test_push_gives_the_digest(subject: Subject, tmp_path: Path) -> None:
    reference = await _tagged(subject, tmp_path)

    pushed = await subject.daemon.push(reference, subject.credentials, subject.heard)
    again = await subject.daemon.push(reference, subject.credentials, subject.heard)

    assert pushed.reference == reference
    assert pushed.digest.startswith("sha256:")
    assert pushed.manifest_size_bytes > 0
    assert again == pushed


async def test_daemon_tells_what_the_registry_has(subject: Subject, tmp_path: Path) -> None:
    reference = await _tagged(subject, tmp_path)
    before = await subject.daemon.remote_digest(reference, subject.credentials)
    pushed = await subject.daemon.push(reference, subject.credentials, subject.heard)
    by_digest = f"{reference.removesuffix(':1')}@{pushed.digest}"

    found = [
        await subject.daemon.remote_digest(each, subject.credentials)
        for each in (reference, by_digest)
    ]

    assert before is None
    assert found == [pushed.digest] * 2


async def test_daemon_tells_a_stranger_nothing(subject: Subject) -> None:
    with pytest.raises(PullFailed) as failure:
        await subject.daemon.remote_digest(subject.reference, None)

    assert failure.value.reason in (FailureReason.UNAUTHORIZED, FailureReason.DENIED)


async def test_unknown_image_cannot_be_pushed(subject: Subject) -> None:
    with pytest.raises(ImageNotFound):
        await subject.daemon.push(subject.reference, subject.credentials, subject.heard)


@pytest.mark.parametrize("logged_in", [True, False], ids=["wrong password", "no account"])
async def test_push_by_a_stranger_is_refused_in_the_words_of_the_registry(
    subject: Subject, tmp_path: Path, logged_in: bool
) -> None:
    reference = await _tagged(subject, tmp_path)
    wrong = Credentials(username=subject.credentials.username, password="wrong-password")

    with pytest.raises(PushFailed) as failure:
        await subject.daemon.push(reference, wrong if logged_in else None, subject.heard)

    assert failure.value.reason in (FailureReason.UNAUTHORIZED, FailureReason.DENIED)
    assert failure.value.reference == reference
    assert failure.value.words
    assert "wrong-password" not in str(failure.value) + subject.heard.text


async def test_push_to_nobody_is_unreachable(subject: Subject, tmp_path: Path) -> None:
    nowhere = f"127.0.0.1:9/{subject.unique}:1"
    built = await _build(subject, _request(tmp_path, f"RUN echo {subject.unique}"))
    await subject.daemon.tag(built.image_id, nowhere)

    with pytest.raises(PushFailed) as failure:
        await subject.daemon.push(nowhere, None, subject.heard)

    assert failure.value.reason is FailureReason.UNREACHABLE


async def test_pushed_image_can_be_pulled(subject: Subject, tmp_path: Path) -> None:
    reference = await _tagged(subject, tmp_path)
    await subject.daemon.push(reference, subject.credentials, subject.heard)

    pulled = await subject.daemon.pull(reference, subject.credentials, subject.heard)

    assert reference in pulled.references
    assert pulled.architecture == "amd64"


async def test_image_can_be_had_as_an_archive(subject: Subject, tmp_path: Path) -> None:
    built = await _build(subject, _request(tmp_path, f"RUN echo {subject.unique}"))

    async with subject.daemon.archive(built.image_id) as pieces:
        whole = b"".join([piece async for piece in pieces])

    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        names = set(archive.getnames())
        assert names & {"index.json", "manifest.json"}
        description = await subject.daemon.describe()
        if description.image_store is ImageStore.CONTAINERD:
            index = archive.extractfile("index.json")
            assert index is not None
            (image,) = json.load(index)["manifests"]
            assert image["digest"] == built.image_id


async def test_archive_may_be_left_in_the_middle(subject: Subject, tmp_path: Path) -> None:
    built = await _build(subject, _request(tmp_path, f"RUN echo {subject.unique}"))

    async with subject.daemon.archive(built.image_id) as pieces:
        assert await anext(pieces)

    assert await subject.daemon.find_image(built.image_id)


async def test_archive_of_nothing_is_not_found(subject: Subject) -> None:
    with pytest.raises(ImageNotFound):
        async with subject.daemon.archive(f"sha256:{'0' * 64}"):
            pass


async def test_pull_of_nothing_is_not_found(subject: Subject) -> None:
    with pytest.raises(PullFailed) as failure:
        await subject.daemon.pull(subject.reference, subject.credentials, subject.heard)

    assert failure.value.reason is FailureReason.NOT_FOUND


async def test_pull_by_a_stranger_is_refused(subject: Subject) -> None:
    with pytest.raises(PullFailed) as failure:
        await subject.daemon.pull(subject.reference, None, subject.heard)

    assert failure.value.reason in (FailureReason.UNAUTHORIZED, FailureReason.DENIED)


async def test_cancelled_build_ends_at_once_and_leaves_the_daemon_usable(
    subject: Subject, tmp_path: Path
) -> None:
    started = asyncio.Event()

    def watch(stream: object, data: bytes) -> None:
        if b"RUN" in data:
            started.set()

    request = _request(tmp_path, f"RUN echo {subject.unique} && sleep 600")
    build = asyncio.create_task(subject.daemon.build(request, watch))
    await asyncio.wait_for(started.wait(), 30)

    build.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(build, 5)
    await _build(subject, _request(tmp_path, f"RUN echo still {subject.unique}"))
    assert f"still {subject.unique}" in subject.heard.text


async def test_unreachable_daemon_is_unavailable(subject: Subject, tmp_path: Path) -> None:
    daemon = subject.unavailable

    for call in (
        daemon.describe(),
        daemon.find_image(_BASE),
        daemon.tag(_BASE, subject.reference),
        daemon.build(_request(tmp_path), subject.heard),
        daemon.push(subject.reference, None, subject.heard),
        daemon.pull(subject.reference, None, subject.heard),
        daemon.remote_digest(subject.reference, None),
    ):
        with pytest.raises(DaemonUnavailable):
            await call
