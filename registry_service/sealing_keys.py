"""Where the sealing keys come from: the environment, else a file that only its owner reads.

The file has one key a line, newest first: its id, a blank, and 32 bytes in base64. The id may be
left out. The environment has the same, separated by commas.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from registry_service.errors import SealingFailed

KEY_VARIABLE = "FRESHET_SEALING_KEY"
"""Environment variable with the keys, newest first; it wins over the file."""
KEY_FILE_NAME = "sealing.key"
KEY_ID_BYTES = 8
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingKey:
    """A key of 32 bytes."""

    key: bytes = field(repr=False)

    @classmethod
    def new(cls) -> SealingKey:
        """Make a key by chance."""
        return cls(key=os.urandom(_KEY_BYTES))

    @property
    def id(self) -> bytes:
        """Tells keys apart, and nothing about the key."""
        return hashlib.sha256(b"freshet sealing key\0" + self.key).digest()[:KEY_ID_BYTES]

    @property
    def line(self) -> str:
        """The key as its file has it."""
        return f"{self.id.hex()} {base64.b64encode(self.key).decode()}"


def read_keys(state_directory: Path, environment: Mapping[str, str]) -> list[SealingKey]:
    """Return the keys of the environment, else of the state directory, newest first.

    The file is made, readable by its owner alone, when it is missing.

    Raises:
        SealingFailed: a key has not the right form, or others can read the file.
    """
    if given := environment.get(KEY_VARIABLE):
        return list(_parsed(given.split(","), KEY_VARIABLE))
    path = state_directory / KEY_FILE_NAME
    with _locked(path):
        if not path.exists():
            _write(path, [SealingKey.new()])
        return _read(path)


def rotate_key(state_directory: Path, environment: Mapping[str, str]) -> list[SealingKey]:
    """Put a new key in front of those of the state directory; return all, newest first.

    Raises:
        SealingFailed: the keys cannot be read or written, or stand in the environment.
    """
    if environment.get(KEY_VARIABLE):
        raise SealingFailed(
            f"the keys stand in {KEY_VARIABLE}, not in a file; put a new one in front of them "
            "there, with a comma between"
        )
    path = state_directory / KEY_FILE_NAME
    with _locked(path):
        keys = [SealingKey.new(), *(_read(path) if path.exists() else ())]
        _write(path, keys)
    return keys


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process at a time make or change the key file."""
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)
    except (OSError, UnicodeError) as error:
        raise SealingFailed(f'cannot use the sealing key "{path}": {error}') from error


def _read(path: Path) -> list[SealingKey]:
    if path.stat().st_mode & 0o077:
        raise SealingFailed(f'others can read "{path}"; run `chmod 600` on it')
    return list(_parsed(path.read_text(encoding="ascii").splitlines(), f'"{path}"'))


def _write(path: Path, keys: Iterable[SealingKey]) -> None:
    # Written aside and renamed: a crash leaves the old keys or the new ones, never half of them.
    draft = path.with_name(f"{path.name}.draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600, exist_ok=False)
    with draft.open("w", encoding="ascii") as file:
        file.writelines(f"{key.line}\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _parsed(lines: Iterable[str], origin: str) -> Iterator[SealingKey]:
    known = [(number, words) for number, line in enumerate(lines, 1) if (words := line.split())]
    if not known:
        raise SealingFailed(f"{origin} holds no key")
    for number, words in known:
        where = f"{origin}, key {number}," if len(known) > 1 else origin
        key = _decoded(words[-1], where)
        if words[:-1] not in ([], [key.id.hex()]):
            raise SealingFailed(f"{where} is damaged: its id is not {words[0]}")
        yield key


def _decoded(text: str, where: str) -> SealingKey:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SealingFailed(f"{where} is not base64") from error
    if len(key) != _KEY_BYTES:
        raise SealingFailed(f"{where} holds {len(key)} bytes, a key has {_KEY_BYTES}")
    return SealingKey(key=key)
