"""Paths of a plan inside the workspace; none leads out of it."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from runner_service.errors import StepFailed

VOLUME = PurePosixPath("/codefresh/volume")
"""Where steps see the root of the workspace. The checkout is the directory below it."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The checkout, and how steps see it."""

    main_directory: Path
    """The checkout on this machine, absolute."""
    name: str = ""
    """Of the checkout as steps see it; empty: that of `main_directory`."""

    @property
    def seen(self) -> PurePosixPath:
        """The path of the checkout on the volume."""
        return VOLUME / (self.name or self.main_directory.name)

    def locate(self, path: str, what: str, base: Path | None = None) -> Path:
        """Return the real path of what `path` of a plan means; it need not exist.

        Args:
            path: As the pipeline gives it: absolute on the volume, or relative to `base`.
            what: What the path is for, for the message: `working_directory`.
            base: A directory of the checkout; None: the checkout.

        Raises:
            StepFailed: the path leads out of the checkout, also through a link.
        """
        root = self.main_directory.resolve()
        written = PurePosixPath(path or ".")
        if not written.is_absolute():
            real = ((base or root) / written).resolve()
        elif written == VOLUME:
            real = root
        elif written.is_relative_to(self.seen):
            real = (root / written.relative_to(self.seen)).resolve()
        else:
            real = Path(written)
        if not real.is_relative_to(root):
            raise StepFailed(
                "PATH_OUTSIDE_WORKSPACE",
                f'{what} "{path}" leads out of the workspace',
                f"give a path inside the repository, or below `{self.seen}`",
            )
        return real

    def shown(self, real: Path) -> str:
        """Return how steps see the real path of something in the checkout."""
        return str(self.seen / real.relative_to(self.main_directory.resolve()))
