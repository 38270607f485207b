"""A tamper-evident log: canonical JSON leaves in an RFC 6962 Merkle tree with a signed head."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785

NONCE = "nonce"
"""The member of a leaf that nobody can guess."""

_NONCE_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that happened. Insert-only; the hash covers ``leaf`` to the byte."""

    index: int
    """0-based position in the log."""
    leaf: bytes
    """Canonical JSON (RFC 8785) of what happened."""
    leaf_hash: bytes
    peaks: tuple[bytes, ...]
    """Roots of the perfect subtrees after this entry, largest first: what appending needs."""
    root: bytes
    """The tree head after this entry (RFC 6962 §2.1)."""
    signature: bytes
    """Ed25519 over :func:`head_message` of this entry's tree."""

    def document(self) -> dict[str, Any]:
        """What happened, as read from the leaf."""
        return dict(json.loads(self.leaf))

    @property
    def blinded(self) -> bool:
        """Whether its hash gives nothing away; not so of entries of before there were nonces."""
        return len(self.document().get(NONCE, "")) == 2 * _NONCE_BYTES

    @property
    def organisation(self) -> str:
        """Whose entry it is."""
        return str(self.document()["organisation"])


def leaf_bytes(
    *,
    index: int,
    at: datetime,
    organisation_id: str,
    actor: str,
    action: str,
    subject: str,
    details: Mapping[str, Any],
    nonce: str | None = None,
) -> bytes:
    """The canonical JSON of one entry, its time to the second: finer ones tell how long work took.

    ``nonce`` is hex; 256 random bits when not given. Without one whoever guessed the details could
    test the guess against the hash of the entry, or against any head that covers it.
    """
    return rfc8785.dumps(
        {
            "index": index,
            "at": at.isoformat(timespec="seconds"),
            "organisation": organisation_id,
            "actor": actor,
            "action": action,
            "subject": subject,
            "details": dict(details),
            NONCE: secrets.token_hex(_NONCE_BYTES) if nonce is None else nonce,
        }
    )


def hash_leaf(leaf: bytes) -> bytes:
    """RFC 6962: SHA-256 of 0x00 and the leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """RFC 6962: SHA-256 of 0x01 and the two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def grown(peaks: Sequence[bytes], size: int, leaf_hash: bytes) -> tuple[bytes, ...]:
    """The peaks of a tree of ``size`` leaves after one more leaf."""
    stack = list(peaks)
    node = leaf_hash
    while size & 1:
        node = hash_node(stack.pop(), node)
        size >>= 1
    return (*stack, node)


def root_of(peaks: Sequence[bytes]) -> bytes:
    """The tree head over ``peaks``; the empty tree's head is the hash of nothing."""
    if not peaks:
        return hashlib.sha256(b"").digest()
    node = peaks[-1]
    for peak in reversed(peaks[:-1]):
        node = hash_node(peak, node)
    return node


def head_message(size: int, root: bytes) -> bytes:
    """What is signed: the size of the log and its root."""
    return rfc8785.dumps({"size": size, "root": root.hex()})


def next_entry(
    previous: AuditEntry | None, leaf: bytes, sign: Callable[[bytes], bytes]
) -> AuditEntry:
    """The entry that ``leaf`` makes after ``previous``."""
    index = previous.index + 1 if previous else 0
    leaf_hash = hash_leaf(leaf)
    peaks = grown(previous.peaks if previous else (), index, leaf_hash)
    root = root_of(peaks)
    return AuditEntry(
        index=index,
        leaf=leaf,
        leaf_hash=leaf_hash,
        peaks=peaks,
        root=root,
        signature=sign(head_message(index + 1, root)),
    )


def first_break(
    entries: Iterable[AuditEntry], verify: Callable[[bytes, bytes], bool]
) -> str | None:
    """Name the first thing wrong with a whole log read in order, or ``None`` when intact.

    ``verify(signature, message)`` checks the instance's Ed25519 signature.
    """
    peaks: tuple[bytes, ...] = ()
    for position, entry in enumerate(entries):
        if entry.index != position:
            return f"Entry {position} is missing: the log goes on with entry {entry.index}."
        if hash_leaf(entry.leaf) != entry.leaf_hash:
            return f"Entry {position} was changed: its text does not match its hash."
        peaks = grown(peaks, position, entry.leaf_hash)
        root = root_of(peaks)
        if root != entry.root or peaks != entry.peaks:
            return f"Entry {position} does not follow from the entries before it."
        if not verify(entry.signature, head_message(position + 1, root)):
            return f"The signature of entry {position} is not this instance's."
    return None
