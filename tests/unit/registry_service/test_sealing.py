"""How secrets are kept."""

import base64
import stat
import threading
from pathlib import Path

import pytest

from registry_service.errors import SealingFailed
from registry_service.registries import Provider, Registry
from registry_service.sealing import (
    Sealer,
    changed_secret_count,
    open_client_key,
    open_secret,
    resealed,
    seal_secrets,
)
from registry_service.sealing_keys import (
    KEY_FILE_NAME,
    KEY_VARIABLE,
    SealingKey,
    read_keys,
    rotate_key,
)
from registry_service.snapshot import Snapshot

NAME = "registries/ghcr"
SECRET = "pa55-wörd"
OLD, NEW = SealingKey(key=bytes(32)), SealingKey(key=bytes([1] * 32))


def sealer(*keys: SealingKey) -> Sealer:
    return Sealer(lambda: keys or (OLD,))


def in_directory(path: Path) -> Sealer:
    return Sealer(lambda: read_keys(path, {}))


def test_sealed_secret_opens_again_and_is_not_readable() -> None:
    sealed = sealer().seal(SECRET, NAME)

    assert sealer().open(sealed, NAME) == SECRET
    assert SECRET.encode() not in sealed


def test_same_secret_is_sealed_differently_each_time() -> None:
    assert sealer().seal(SECRET, NAME) != sealer().seal(SECRET, NAME)


def test_no_secret_stays_none() -> None:
    assert sealer().seal("", NAME) == b""
    assert sealer().open(b"", NAME) == ""


def test_secret_moved_to_another_registry_does_not_open() -> None:
    sealed = sealer().seal(SECRET, NAME)

    with pytest.raises(SealingFailed, match="damaged"):
        sealer().open(sealed, "registries/evil")


def test_login_secret_and_client_key_cannot_be_exchanged() -> None:
    registry = Registry(name=NAME, provider=Provider.GHCR, domain="ghcr.io")
    sealed = seal_secrets(registry, SECRET, "key", sealer())
    swapped = seal_secrets(sealed, "key", SECRET, sealer())

    assert open_secret(sealed, sealer()) == SECRET
    assert open_client_key(sealed, sealer()) == "key"
    with pytest.raises(SealingFailed, match="damaged"):
        sealer().open(swapped.sealed_client_key, NAME)


@pytest.mark.parametrize("length", [8, 12, 20, 30])
def test_shortened_secret_does_not_open(length: int) -> None:
    sealed = sealer().seal(SECRET, NAME)

    with pytest.raises(SealingFailed, match="damaged"):
        sealer().open(sealed[:length], NAME)


def test_other_key_is_told_by_its_id() -> None:
    sealed = sealer(OLD).seal(SECRET, NAME)

    with pytest.raises(SealingFailed, match="bring that key back") as raised:
        sealer(NEW).open(sealed, NAME)

    assert raised.value.key_id == OLD.id.hex()
    assert OLD.id.hex() in str(raised.value)
    assert NEW.id.hex() in str(raised.value)


def test_newest_key_seals_and_older_ones_open() -> None:
    both = sealer(NEW, OLD)
    old, new = sealer(OLD).seal(SECRET, NAME), both.seal(SECRET, NAME)

    assert both.key_id == NEW.id.hex()
    assert both.open(old, NAME) == both.open(new, NAME) == SECRET
    assert sealer(NEW).open(new, NAME) == SECRET


def test_key_that_was_added_meanwhile_is_found(tmp_path: Path) -> None:
    running = in_directory(tmp_path)
    running.reload()
    rotate_key(tmp_path, {})
    sealed = in_directory(tmp_path).seal(SECRET, NAME)

    assert running.open(sealed, NAME) == SECRET


def test_resealing_changes_what_older_keys_sealed_and_keeps_the_etag() -> None:
    registry = Registry(name=NAME, provider=Provider.GHCR, domain="ghcr.io", etag="e")
    before = Snapshot({NAME: seal_secrets(registry, SECRET, "key", sealer(OLD))})

    (after,) = resealed(before, sealer(NEW, OLD))
    again = resealed(Snapshot({NAME: after}), sealer(NEW, OLD))

    assert changed_secret_count(before, [after]) == 2
    assert again == ()
    assert open_secret(after, sealer(NEW)) == SECRET
    assert open_client_key(after, sealer(NEW)) == "key"
    assert after.etag == "e"


def test_key_file_is_made_for_its_owner_alone_and_used_again(tmp_path: Path) -> None:
    sealed = in_directory(tmp_path).seal(SECRET, NAME)

    assert in_directory(tmp_path).open(sealed, NAME) == SECRET
    assert stat.S_IMODE((tmp_path / KEY_FILE_NAME).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE_NAME]


def test_rotation_puts_a_new_key_in_front_and_keeps_the_file_private(tmp_path: Path) -> None:
    before = read_keys(tmp_path, {})

    rotated = rotate_key(tmp_path, {})

    assert read_keys(tmp_path, {}) == rotated
    assert rotated[1:] == before
    assert stat.S_IMODE((tmp_path / KEY_FILE_NAME).stat().st_mode) == 0o600


def test_rotations_at_once_lose_no_key(tmp_path: Path) -> None:
    threads = [threading.Thread(target=rotate_key, args=(tmp_path, {})) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(read_keys(tmp_path, {}))) == 8


def test_first_starts_at_once_agree_on_one_key(tmp_path: Path) -> None:
    found: list[list[SealingKey]] = []
    threads = [
        threading.Thread(target=lambda: found.append(read_keys(tmp_path, {}))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [found[0]] * 8
    assert len(found[0]) == 1


def test_key_of_the_environment_wins_and_makes_no_file(tmp_path: Path) -> None:
    given = ",".join(base64.b64encode(key.key).decode() for key in (NEW, OLD))

    assert read_keys(tmp_path, {KEY_VARIABLE: given}) == [NEW, OLD]
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SealingFailed, match=KEY_VARIABLE):
        rotate_key(tmp_path, {KEY_VARIABLE: given})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("%%", "not base64"),
        ("YWJj", "holds 3 bytes"),
        (",", "holds no key"),
        (f"{NEW.line},YWJj", "key 2, holds 3 bytes"),
        (f"{OLD.id.hex()} {NEW.line.split()[1]}", "damaged"),
    ],
)
def test_faulty_key_is_refused_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(SealingFailed, match=reason):
        read_keys(tmp_path, {KEY_VARIABLE: text})


def test_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    read_keys(tmp_path, {})
    (tmp_path / KEY_FILE_NAME).chmod(0o644)

    with pytest.raises(SealingFailed, match="chmod 600"):
        read_keys(tmp_path, {})
    with pytest.raises(SealingFailed, match="chmod 600"):
        rotate_key(tmp_path, {})


def test_missing_state_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(SealingFailed, match="cannot use the sealing key"):
        read_keys(tmp_path / "missing", {})


def test_repr_shows_no_key() -> None:
    assert base64.b64encode(NEW.key).decode() not in repr(NEW)
    assert repr(NEW.key) not in repr(NEW)
