"""The kit: Docker engines, registries and their tools, unpacked from Debian packages.

Nothing is installed: every program runs from the kit's folder.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.engine.apt import PackageLists, debian_archive, run
from tests.engine.folder import locked
from tests.engine.packages import PARTS, Part, kit_name
from tests.engine.progress import say

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """Where the programs of a fetched kit are."""

    root: Path

    def search_path(self, release: str) -> str:
        """Return PATH for dockerd of `release`, "20.10" or "26.1"."""
        folders = [
            self.root / "common/programs",
            self.root / release / "usr/sbin",
            self.root / release / "usr/bin",
            self.root / "common/usr/sbin",
        ]
        return ":".join([*map(str, folders), _SYSTEM_PATH])

    def client_programs(self, release: str) -> Path:
        """Return the folder that holds the Docker command line of `release`."""
        return self.root / release / "usr/bin"

    def library_path(self, release: str) -> str:
        """Return LD_LIBRARY_PATH for the engine `release`."""
        return ":".join(str(folder) for folder in _library_folders(self.root / release))

    @property
    def busybox(self) -> Path:
        """Statically linked busybox."""
        return self.root / "common/bin/busybox"

    @property
    def tini(self) -> Path:
        """Statically linked tini, for process 1."""
        return self.root / "common/usr/bin/tini-static"

    @property
    def registry(self) -> Path:
        """The `docker-registry` program."""
        return self.root / "26.1/usr/bin/docker-registry"

    @property
    def buildx(self) -> Path:
        """The buildx plugin of the Docker command line."""
        return self.root / "26.1/usr/libexec/docker/cli-plugins/docker-buildx"


def fetch(folder: Path, parts: tuple[Part, ...] = PARTS) -> Kit:
    """Return the kit under `folder`, fetched first if it is not there yet.

    Raises:
        FetchFailed: the packages cannot be had.
        MachineUnsuitable: this is not a Debian system.
    """
    kit = Kit(root=folder / kit_name(parts))
    if kit.root.is_dir():
        return kit
    with locked(folder / "kit.lock"):
        if not kit.root.is_dir():
            _fetch_into(kit.root, parts, work=folder / "kit.partial")
    return kit


def _fetch_into(root: Path, parts: tuple[Part, ...], *, work: Path) -> None:
    lists = PackageLists(folder=work / "apt")
    archive = debian_archive()
    say("reading Debian's package lists")
    lists.update(archive, tuple(dict.fromkeys(part.suite for part in parts)))
    unpacked = work / "root"
    shutil.rmtree(unpacked, ignore_errors=True)
    for part in parts:
        say(f"fetching {part.folder}: {' '.join(part.packages)}")
        _unpack(lists, [f"{name}/{part.suite}" for name in part.packages], unpacked / part.folder)
    if (unpacked / "common").is_dir():
        _add_programs(unpacked / "common", home=root / "common")
    # The rename is what makes the kit exist: an interrupted fetch is begun again, and the
    # packages it had downloaded are kept.
    unpacked.rename(root)
    shutil.rmtree(work)
    say(f"the kit is complete: {root}")


def _unpack(lists: PackageLists, packages: list[str], target: Path) -> None:
    target.mkdir(parents=True)
    for deb in lists.download(packages):
        run(["dpkg", "-x", str(deb), str(target)], cwd=deb.parent)


def _library_folders(root: Path) -> list[Path]:
    return sorted(path for path in (root / "usr/lib").glob("*-linux-gnu*") if path.is_dir())


def _add_programs(common: Path, *, home: Path) -> None:
    """Give names to what Debian names by alternatives or by absolute links.

    `home` is where `common` will be in the end.
    """
    programs = common / "programs"
    programs.mkdir()
    (programs / "docker-init").symlink_to(home / "usr/bin/tini-static")
    libraries = [home / path.relative_to(common) for path in _library_folders(common)]
    for name in ("iptables", "iptables-save", "iptables-restore", "ip6tables"):
        program = programs / name
        program.write_text(
            "#!/bin/sh\n"
            f"LD_LIBRARY_PATH={':'.join(map(str, libraries))} \\\n"
            f"XTABLES_LIBDIR={':'.join(f'{path}/xtables' for path in libraries)} \\\n"
            f'exec {home}/usr/sbin/xtables-nft-multi {name} "$@"\n'
        )
        program.chmod(0o755)
