"""How secrets are kept."""

import base64
import stat
from pathlib import Path

import pytest

from registry_service.errors import SealingFailed
from registry_service.sealing import KEY_FILE_NAME, KEY_VARIABLE, Sealer, open_sealer

NAME = "registries/ghcr"
SECRET = "pa55-wörd"


def test_sealed_secret_opens_again_and_is_not_readable() -> None:
    sealer = Sealer(bytes(32))

    sealed = sealer.seal(SECRET, NAME)

    assert sealer.open(sealed, NAME) == SECRET
    assert SECRET.encode() not in sealed


def test_same_secret_is_sealed_differently_each_time() -> None:
    sealer = Sealer(bytes(32))

    assert sealer.seal(SECRET, NAME) != sealer.seal(SECRET, NAME)


def test_secret_moved_to_another_registry_does_not_open() -> None:
    sealer = Sealer(bytes(32))
    sealed = sealer.seal(SECRET, NAME)

    with pytest.raises(SealingFailed, match="damaged"):
        sealer.open(sealed, "registries/evil")


@pytest.mark.parametrize("length", [8, 12, 20, 30])
def test_shortened_secret_does_not_open(length: int) -> None:
    sealer = Sealer(bytes(32))
    sealed = sealer.seal(SECRET, NAME)

    with pytest.raises(SealingFailed, match="damaged"):
        sealer.open(sealed[:length], NAME)


def test_other_key_is_told_by_its_id() -> None:
    old, new = Sealer(bytes(32)), Sealer(bytes([1] * 32))
    sealed = old.seal(SECRET, NAME)

    with pytest.raises(SealingFailed) as raised:
        new.open(sealed, NAME)

    assert old.key_id in str(raised.value)
    assert new.key_id in str(raised.value)


def test_key_file_is_made_for_its_owner_alone_and_used_again(tmp_path: Path) -> None:
    sealed = open_sealer(tmp_path, {}).seal(SECRET, NAME)

    assert open_sealer(tmp_path, {}).open(sealed, NAME) == SECRET
    assert stat.S_IMODE((tmp_path / KEY_FILE_NAME).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE_NAME]


def test_key_of_the_environment_wins_and_makes_no_file(tmp_path: Path) -> None:
    key = bytes(range(32))

    sealer = open_sealer(tmp_path, {KEY_VARIABLE: base64.b64encode(key).decode()})

    assert sealer.key_id == Sealer(key).key_id
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("text", "reason"), [("%%", "not base64"), ("YWJj", "holds 3 bytes")])
def test_faulty_key_is_refused_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(SealingFailed, match=reason):
        open_sealer(tmp_path, {KEY_VARIABLE: text})


def test_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    open_sealer(tmp_path, {})
    (tmp_path / KEY_FILE_NAME).chmod(0o644)

    with pytest.raises(SealingFailed, match="chmod 600"):
        open_sealer(tmp_path, {})


def test_missing_state_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(SealingFailed, match="cannot use the sealing key"):
        open_sealer(tmp_path / "missing", {})
