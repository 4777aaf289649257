"""Debian packages of two suites, fetched beside the system's own package lists.

The mirror is the one that the machine's apt sources name. Nothing is installed.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.engine.errors import FetchFailed, MachineUnsuitable

_CARRIED_FIELDS = ("URIs", "Signed-By", "Trusted", "Architectures")


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A place that serves Debian, in the words of a deb822 paragraph."""

    fields: tuple[tuple[str, str], ...]

    def sources(self, suites: tuple[str, ...]) -> str:
        """Return the text of a `.sources` file for the main component of `suites`."""
        lines = ["Types: deb", f"Suites: {' '.join(suites)}", "Components: main"]
        lines += [f"{name}: {value}" for name, value in self.fields]
        return "\n".join(lines) + "\n"


def debian_archive(root: Path = Path("/")) -> Archive:
    """Return the Debian archive that the apt sources under `root` name.

    Raises:
        MachineUnsuitable: the system is not Debian, or no source names its own suite.
    """
    release = _os_release(root)
    if release.get("ID") != "debian":
        raise MachineUnsuitable(
            f'the kit is made of Debian packages, and this system is "{release.get("ID", "?")}"; '
            "run it on Debian 12 or 13, or use your own Docker daemon: "
            "FRESHET_TEST_DOCKER_HOST=unix:///var/run/docker.sock"
        )
    wanted = {release.get("VERSION_CODENAME", ""), "stable", "testing", "unstable", "sid"}
    for paragraph in _source_paragraphs(root / "etc/apt"):
        if _serves(paragraph, wanted):
            return Archive(
                fields=tuple((n, paragraph[n]) for n in _CARRIED_FIELDS if n in paragraph)
            )
    raise MachineUnsuitable(
        f"no apt source under {root / 'etc/apt'} names the main component of "
        f'"{release.get("VERSION_CODENAME", "?")}"; add the Debian archive to the apt sources'
    )


def _os_release(root: Path) -> dict[str, str]:
    lines = (root / "etc/os-release").read_text().splitlines()
    return {
        name: value.strip().strip('"')
        for name, equals, value in (line.partition("=") for line in lines)
        if equals
    }


def _serves(paragraph: dict[str, str], suites: set[str]) -> bool:
    return (
        "deb" in paragraph.get("Types", "").split()
        and paragraph.get("Enabled", "yes").strip().lower() not in {"no", "false", "0"}
        and not suites.isdisjoint(paragraph.get("Suites", "").split())
        and "main" in paragraph.get("Components", "").split()
    )


def _source_paragraphs(apt: Path) -> list[dict[str, str]]:
    one_line = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]
    found = [p for file in one_line if file.is_file() for p in _one_line(file.read_text())]
    for file in sorted((apt / "sources.list.d").glob("*.sources")):
        found += _deb822(file.read_text())
    return found


def _one_line(text: str) -> list[dict[str, str]]:
    """Read the `deb [options] uri suite component…` form (sources.list(5))."""
    paragraphs = []
    for line in text.splitlines():
        line = line.partition("#")[0].strip()
        options: dict[str, str] = {}
        if "[" in line:
            before, _, rest = line.partition("[")
            inside, _, after = rest.partition("]")
            pairs = (option.partition("=") for option in inside.split())
            options = {name.lower(): value.replace(",", " ") for name, _, value in pairs}
            line = before + after
        words = line.split()
        if len(words) < 4:
            continue
        paragraph = dict(Types=words[0], URIs=words[1], Suites=words[2])
        paragraph["Components"] = " ".join(words[3:])
        for option, field in (("signed-by", "Signed-By"), ("trusted", "Trusted")):
            if option in options:
                paragraph[field] = options[option]
        paragraphs.append(paragraph)
    return paragraphs


def _deb822(text: str) -> list[dict[str, str]]:
    """Read the paragraph form (deb822(5)); a value keeps its continuation lines."""
    paragraphs: list[dict[str, str]] = [{}]
    name = ""
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if not line.strip():
            paragraphs.append({})
        elif line[0].isspace():
            paragraphs[-1][name] += "\n" + line
        else:
            name, _, value = line.partition(":")
            paragraphs[-1][name] = value.strip()
    return [paragraph for paragraph in paragraphs if paragraph]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageLists:
    """Package lists of our own, kept in `folder`."""

    folder: Path

    def update(self, archive: Archive, suites: tuple[str, ...]) -> None:
        """Fetch the lists of `suites`.

        Raises:
            FetchFailed: the archive cannot be reached or its signature is not trusted.
        """
        for name in ("lists/partial", "cache/archives/partial", "debs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._sources.write_text(archive.sources(suites))
        self._apt_get("update", "-o", "APT::Update::Error-Mode=any")

    def download(self, packages: list[str]) -> list[Path]:
        """Download `package/suite` names; whole files of an earlier try are not fetched again.

        Raises:
            FetchFailed: a package is unknown or cannot be fetched.
        """
        listing = self._apt_get("download", "--print-uris", *packages)
        names = [line.split()[1] for line in listing.splitlines() if line.startswith("'")]
        self._apt_get("download", *packages)
        return [self.folder / "debs" / name for name in names]

    @property
    def _sources(self) -> Path:
        return self.folder / "archive.sources"

    def _apt_get(self, *arguments: str) -> str:
        settings = {
            "Dir::Etc::sourcelist": self._sources,
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State::lists": self.folder / "lists",
            "Dir::Cache": self.folder / "cache",
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
        }
        options = [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
        return run(["apt-get", "-q", *options, *arguments], cwd=self.folder / "debs")


def run(command: list[str], *, cwd: Path) -> str:
    """Run a packaging command and return what it printed.

    Raises:
        FetchFailed: with the last lines it printed.
    """
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=os.environ | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    except OSError as error:
        raise FetchFailed(f'cannot run "{command[0]}": {error.strerror}') from error
    if done.returncode:
        said = " | ".join(done.stdout.strip().splitlines()[-4:])
        raise FetchFailed(
            f'"{command[0]}" ended with code {done.returncode} while the kit was fetched into '
            f"{cwd.parent}: {said}; check the network, the apt sources and the free disk space, "
            'then run "python -m tests.engine fetch" again'
        )
    return done.stdout
