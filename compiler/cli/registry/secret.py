"""Where secrets come from. They are never shown, and never asked for where others would see them.

`stdin`, `env:NAME`, `file:PATH` and `prompt` are the sources, for passwords and for keys alike. The
variable `PASSWORD_VARIABLE` is read when nothing was said.
"""

import getpass
import os
import stat
import sys
from pathlib import Path

from compiler.cli.exits import WRONG_USE, CommandError
from compiler.cli.registry.facts import tell
from compiler.record import Record

PASSWORD_VARIABLE = "FRESHET_REGISTRY_PASSWORD"
STDIN, ENV, FILE, PROMPT = "stdin", "env", "file", "prompt"
_FORMS = "`stdin`, `prompt`, `env:NAME` or `file:PATH`"
_MOST_CHARACTERS = 256 * 1024
"""Longest secret; key files have some thousand."""


class SecretSource(Record):
    """A place that a secret is read from."""

    kind: str
    """`STDIN`, `ENV`, `FILE` or `PROMPT`."""
    where: str = ""
    """The variable or the path."""

    def __str__(self) -> str:
        """Return it as `--secret-from` takes it."""
        return f"{self.kind}:{self.where}" if self.where else self.kind


def parse_source(text: str) -> SecretSource:
    """Return what `--secret-from` says.

    Raises:
        CommandError: it is no source.
    """
    kind, colon, where = text.partition(":")
    alone = kind in (STDIN, PROMPT) and not colon
    if not alone and not (kind in (ENV, FILE) and where):
        # What was written may be the secret itself: it is not repeated.
        raise CommandError(WRONG_USE, f"--secret-from takes {_FORMS}", "never the secret itself")
    return SecretSource(kind=kind, where=where)


def usual_source(what: str) -> SecretSource:
    """Return where a secret comes from when nothing was said.

    Raises:
        CommandError: nobody could be asked.
    """
    if os.environ.get(PASSWORD_VARIABLE):
        return SecretSource(kind=ENV, where=PASSWORD_VARIABLE)
    if sys.stdin.isatty():
        return SecretSource(kind=PROMPT)
    raise CommandError(
        WRONG_USE,
        f"the {what} is missing",
        f"say where it is with `--secret-from`: {_FORMS}; or set {PASSWORD_VARIABLE}",
    )


def read_secret(source: SecretSource, what: str) -> str:
    """Return a secret; `what` says for people which.

    Raises:
        CommandError: it is not there, is empty or too long.
    """
    readers = {STDIN: _of_stdin, ENV: _of_environment, FILE: _of_file, PROMPT: _asked}
    secret = readers[source.kind](source.where, what).removesuffix("\n").removesuffix("\r")
    if not secret:
        raise CommandError(WRONG_USE, f"the {what} from `{source}` is empty")
    if len(secret) > _MOST_CHARACTERS:
        raise CommandError(WRONG_USE, f"the {what} from `{source}` is far too long")
    return secret


def read_text(path: str, *, secret: bool = False) -> str:
    """Return a text file; a warning tells when others may read one that is `secret`.

    Raises:
        CommandError: it cannot be read.
    """
    try:
        with Path(path).open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if secret and mode & 0o077:
                tell(
                    f'freshet: warning: others may read "{path}" (mode {mode:04o}); '
                    f"`chmod 600` keeps it to you"
                )
            return file.read(_MOST_CHARACTERS + 1)
    except OSError as error:
        raise CommandError(WRONG_USE, f'"{path}" cannot be read: {error.strerror}') from error
    except UnicodeDecodeError as error:
        raise CommandError(WRONG_USE, f'"{path}" is not a text file') from error


def _of_stdin(_where: str, _what: str) -> str:
    return sys.stdin.read(_MOST_CHARACTERS + 2)


def _of_environment(where: str, what: str) -> str:
    if where not in os.environ:
        raise CommandError(WRONG_USE, f'the {what} is missing: there is no variable "{where}"')
    return os.environ[where]


def _of_file(where: str, _what: str) -> str:
    return read_text(where, secret=True)


def _asked(_where: str, what: str) -> str:
    if not sys.stdin.isatty():
        raise CommandError(WRONG_USE, f"the {what} cannot be asked for: there is no terminal")
    return getpass.getpass(f"{what}: ")
