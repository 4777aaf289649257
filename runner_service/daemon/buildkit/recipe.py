"""What a build is made by: the text of its Dockerfile, and what its context leaves out.

Everything here blocks: call it off the event loop.
"""

from dataclasses import dataclass
from pathlib import Path

from runner_service.daemon.buildkit.context import ContextDirectory
from runner_service.daemon.buildkit.ignore import IgnoreRules, parse
from runner_service.daemon.errors import ContextUnreadable, DockerfileNotFound
from runner_service.daemon.port import Dockerfile, InlineDockerfile
from runner_service.files import read_file

_DOCKERFILE = "Dockerfile"
_IGNORE = ".dockerignore"
_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A Dockerfile and the rules that belong to it."""

    name: str
    """File name, for the output of the build."""
    text: bytes
    rules: IgnoreRules


def read_recipe(context: ContextDirectory, dockerfile: Dockerfile) -> Recipe:
    """Return the recipe of a build.

    Rules come from `<Dockerfile>.dockerignore` if it stands beside the Dockerfile, else from
    `.dockerignore` in the context.

    Raises:
        DockerfileNotFound: there is none, or it lies outside of the context it should be in.
        ContextUnreadable: the rules cannot be read, or say nothing sensible.
    """
    if isinstance(dockerfile, InlineDockerfile):
        return Recipe(name=_DOCKERFILE, text=dockerfile.text.encode(), rules=_rules(context))
    path = dockerfile.path
    if path.is_absolute():
        text, rules = read_outside(path, context.root), _rules_beside(path) or _rules(context)
    else:
        text, rules = _read_inside(context, path), _rules(context, f"{path}{_IGNORE}")
    return Recipe(name=path.name, text=text, rules=rules)


def read_outside(path: Path, directory: Path) -> bytes:
    """Return the Dockerfile at an absolute path, for the build context `directory`.

    Raises:
        DockerfileNotFound: it cannot be read, or is larger than Dockerfiles are.
    """
    try:
        return read_file(path, _MOST_BYTES)
    except OSError as error:
        raise DockerfileNotFound(path, directory, _cause(error)) from error


def _read_inside(context: ContextDirectory, path: Path) -> bytes:
    try:
        return context.read(context.resolve(path))
    except OSError as error:
        raise DockerfileNotFound(path, context.root, _cause(error)) from error
    except ContextUnreadable as error:
        raise DockerfileNotFound(path, context.root, error.cause) from error


def _rules_beside(dockerfile: Path) -> IgnoreRules | None:
    """Return the rules of a Dockerfile at an absolute path; None: it has none of its own."""
    path = dockerfile.with_name(f"{dockerfile.name}{_IGNORE}")
    try:
        return _parsed(path.name, read_file(path, _MOST_BYTES))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ContextUnreadable(path.name, _cause(error)) from error


def _rules(context: ContextDirectory, *names: str) -> IgnoreRules:
    for name in (*names, _IGNORE):
        try:
            return _parsed(name, context.read(context.resolve(Path(name))))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ContextUnreadable(name, _cause(error)) from error
    return IgnoreRules()


def _parsed(name: str, text: bytes) -> IgnoreRules:
    try:
        return parse(text.decode(errors="surrogateescape"))
    except ValueError as error:
        raise ContextUnreadable(name, str(error)) from error


def _cause(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
