"""Promises of ``Keys``, and what the local key file adds."""

import hashlib
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from adapters.keys.local import LocalKeys
from adapters.memory import MemoryKeys
from domain.kernel import StudioError
from domain.ports import Keys

DATA_KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "master-key.json"


@pytest.fixture(params=["memory", "local"])
def keys(request: pytest.FixtureRequest, path: Path) -> Keys:
    return MemoryKeys() if request.param == "memory" else LocalKeys(path)


def test_a_wrapped_key_unwraps_and_shows_nothing_of_itself(keys: Keys) -> None:
    wrapped = keys.wrap(DATA_KEY)
    assert keys.unwrap(wrapped) == DATA_KEY
    assert DATA_KEY[:8] not in wrapped
    assert keys.wrap(DATA_KEY) != wrapped


def test_a_changed_wrapped_key_is_refused(keys: Keys) -> None:
    wrapped = keys.wrap(DATA_KEY)
    for at in range(8, len(wrapped)):
        changed = wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :]
        with pytest.raises(StudioError):
            keys.unwrap(changed)
    with pytest.raises(StudioError):
        keys.unwrap(wrapped[:15])


def test_a_signature_is_checked_with_the_public_key(keys: Keys) -> None:
    signature = keys.sign(b"message")
    assert (len(signature), len(keys.public_key())) == (64, 32)
    Ed25519PublicKey.from_public_bytes(keys.public_key()).verify(signature, b"message")


def test_a_keyed_digest_stays_through_a_rotation_and_is_another_for_every_purpose(
    keys: Keys,
) -> None:
    before = keys.keyed_digest("file", b"message")
    keys.rotate()
    assert keys.keyed_digest("file", b"message") == before
    others = {keys.keyed_digest("person", b"message"), keys.keyed_digest("file", b"other")}
    assert len(before) == 32
    assert before not in others | {hashlib.sha256(b"message").digest()}
    assert len(others) == 2


def test_two_instances_digest_the_same_file_differently(path: Path, tmp_path: Path) -> None:
    here, there = LocalKeys(path), LocalKeys(tmp_path / "other.json")
    assert here.keyed_digest("file", b"message") != there.keyed_digest("file", b"message")
    assert LocalKeys(path).keyed_digest("file", b"m") == here.keyed_digest("file", b"m")


def test_the_key_file_is_made_once_for_its_owner_only(path: Path) -> None:
    first = LocalKeys(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = LocalKeys(path)
    assert again.unwrap(first.wrap(DATA_KEY)) == DATA_KEY
    assert again.public_key() == first.public_key()
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_of_many_who_start_together_all_get_the_same_keys(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        everyone = list(pool.map(lambda _: LocalKeys(path), range(8)))
    assert len({keys.public_key() for keys in everyone}) == 1
    assert everyone[0].unwrap(everyone[7].wrap(DATA_KEY)) == DATA_KEY


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_file_that_others_can_read_is_refused(path: Path, mode: int) -> None:
    LocalKeys(path)
    path.chmod(mode)
    with pytest.raises(StudioError, match="chmod 600"):
        LocalKeys(path)


def test_after_rotation_new_keys_are_wrapped_anew_and_old_ones_still_unwrap(path: Path) -> None:
    keys = LocalKeys(path)
    old = keys.wrap(DATA_KEY)
    keys.rotate()
    new = keys.wrap(DATA_KEY)
    assert old[:8] != new[:8]
    assert keys.unwrap(old) == keys.unwrap(new) == DATA_KEY
    assert len(json.loads(path.read_text())["masters"]) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_process_that_slept_through_a_rotation_reads_what_was_wrapped_since(path: Path) -> None:
    sleeper, other = LocalKeys(path), LocalKeys(path)
    signed_before = sleeper.public_key()
    other.rotate()
    assert sleeper.unwrap(other.wrap(DATA_KEY)) == DATA_KEY
    assert other.public_key() == signed_before


def test_the_key_file_of_another_instance_is_said_to_be_the_wrong_one(
    path: Path, tmp_path: Path
) -> None:
    wrapped = LocalKeys(path).wrap(DATA_KEY)
    with pytest.raises(StudioError, match="lacks the master key"):
        LocalKeys(tmp_path / "other.json").unwrap(wrapped)
