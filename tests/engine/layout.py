"""Where an environment keeps its files."""

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The folder of one environment."""

    root: Path

    @property
    def description(self) -> Path:
        """What the environment consists of."""
        return self.root / "description.json"

    @property
    def processes(self) -> Path:
        """Which processes keep it up."""
        return self.root / "processes.json"

    @property
    def kept(self) -> Path:
        """Present when a person started the environment: no test session stops it."""
        return self.root / "kept"

    @property
    def control(self) -> Path:
        """Socket of the attendant; answers once everything is up."""
        return self.root / "control.sock"

    @property
    def log(self) -> Path:
        """What the attendant said."""
        return self.root / "attendant.log"

    @property
    def docker_log(self) -> Path:
        """What dockerd said."""
        return self.root / "dockerd.log"

    @property
    def docker_socket(self) -> Path:
        """Where dockerd listens."""
        return self.root / "docker.sock"

    @property
    def docker_runtime(self) -> Path:
        """What dockerd needs only while it runs."""
        return self.root / "exec"

    @property
    def docker_storage(self) -> Path:
        """Images, containers, volumes."""
        return self.root / "docker"

    @property
    def etc(self) -> Path:
        """Laid over /etc inside the environment."""
        return self.root / "etc"

    @property
    def etc_work(self) -> Path:
        """Scratch folder of the overlay on /etc."""
        return self.root / "etc.work"

    @property
    def registries(self) -> Path:
        """Settings, accounts and contents of the registries."""
        return self.root / "registries"

    @property
    def certificates(self) -> Path:
        """Certificates and private keys."""
        return self.root / "certificates"

    @property
    def client(self) -> Path:
        """Settings folder of the Docker command line."""
        return self.root / "client"

    @property
    def control_group(self) -> str:
        """Name of the control group, different for every state folder."""
        digest = hashlib.sha256(str(self.root).encode()).hexdigest()[:8]
        return f"freshet-{digest}-{self.root.name}"
