"""The log against RFC 6962: known roots, and every kind of edit."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.compliance.audit import (
    AuditEntry,
    first_break,
    grown,
    hash_leaf,
    hash_node,
    leaf_bytes,
    next_entry,
    root_of,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def verified(signature: bytes, message: bytes) -> bool:
    try:
        KEY.public_key().verify(signature, message)
    except InvalidSignature:
        return False
    return True


def leaf(index: int, action: str = "dataset.uploaded") -> bytes:
    return leaf_bytes(
        index=index,
        at=datetime(2026, 5, 3, 12, index, tzinfo=UTC),
        organisation_id="org",
        actor="anna",
        action=action,
        subject=f"subject-{index}",
        details={"rows": index},
        nonce="",
    )


def log(size: int) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for i in range(size):
        entries.append(next_entry(entries[-1] if entries else None, leaf(i), KEY.sign))
    return entries


# The inputs and roots that the certificate-transparency reference implementation is tested with.
LEAVES = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def root(leaves: list[bytes]) -> bytes:
    peaks: tuple[bytes, ...] = ()
    for size, data in enumerate(leaves):
        peaks = grown(peaks, size, hash_leaf(data))
    return root_of(peaks)


@pytest.mark.parametrize("size", range(1, 9))
def test_the_root_is_the_one_that_certificate_transparency_publishes(size):
    assert root(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_the_empty_log_has_the_hash_of_nothing():
    assert root([]) == hashlib.sha256(b"").digest()


def recursive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if len(leaves) == 1:
        return hash_leaf(leaves[0])
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hash_node(recursive_root(leaves[:split]), recursive_root(leaves[split:]))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70))
def test_growing_leaf_by_leaf_gives_the_recursive_definition(leaves):
    assert root(leaves) == recursive_root(leaves)


def test_an_honest_log_is_intact():
    assert first_break(log(11), verified) is None
    assert first_break([], verified) is None


def test_an_edited_entry_is_named():
    entries = log(6)
    entries[3] = replace(entries[3], leaf=leaf(3, "dataset.deleted"))
    assert first_break(entries, verified) == (
        "Entry 3 was changed: its text does not match its hash."
    )


def test_an_edit_with_its_hash_put_right_is_named():
    entries = log(6)
    forged = leaf(3, "dataset.deleted")
    entries[3] = replace(entries[3], leaf=forged, leaf_hash=hash_leaf(forged))
    assert first_break(entries, verified) == "Entry 3 does not follow from the entries before it."


def test_a_log_rewritten_from_the_middle_needs_the_key():
    stranger = Ed25519PrivateKey.generate()
    entries = log(3)
    for i in range(3, 6):
        entries.append(next_entry(entries[-1], leaf(i, "forged"), stranger.sign))
    assert first_break(entries, verified) == "The signature of entry 3 is not this instance's."


@pytest.mark.parametrize("gone", [0, 2, 4])
def test_a_deleted_entry_is_missed(gone):
    entries = log(6)
    del entries[gone]
    assert first_break(entries, verified) == (
        f"Entry {gone} is missing: the log goes on with entry {gone + 1}."
    )


def test_swapped_entries_are_noticed():
    entries = log(6)
    entries[2], entries[3] = entries[3], entries[2]
    assert first_break(entries, verified) is not None


def test_entries_swapped_and_renumbered_are_noticed():
    entries = log(6)
    entries[2], entries[3] = replace(entries[3], index=2), replace(entries[2], index=3)
    assert first_break(entries, verified) == "Entry 2 does not follow from the entries before it."


def test_an_inserted_entry_is_noticed():
    entries = log(6)
    entries.insert(3, replace(entries[3]))
    assert first_break(entries, verified) is not None


def test_the_same_thing_is_always_written_in_the_same_bytes():
    assert leaf(4) == leaf(4)
    assert leaf(4).startswith(b'{"action":"dataset.uploaded","actor":"anna","at":"2026-05-03')


def test_every_entry_holds_256_bits_that_nobody_can_guess():
    def written() -> AuditEntry:
        data = leaf_bytes(
            index=0,
            at=datetime(2026, 5, 3, tzinfo=UTC),
            organisation_id="org",
            actor="anna",
            action="dataset.uploaded",
            subject="x",
            details={"rows": 3},
        )
        return next_entry(None, data, KEY.sign)

    one, other = written(), written()
    assert one.blinded
    assert len(bytes.fromhex(one.document()["nonce"])) == 32
    assert one.leaf_hash != other.leaf_hash
    assert one.document()["details"] == {"rows": 3}


def test_entries_of_before_there_were_random_bits_still_verify_and_new_ones_follow_them():
    old = leaf(0).replace(b'"nonce":"",', b"")
    assert b"nonce" not in old
    entries = [next_entry(None, old, KEY.sign)]
    entries.append(next_entry(entries[0], leaf(1), KEY.sign))
    assert first_break(entries, verified) is None
    assert not entries[0].blinded
