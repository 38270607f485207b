"""What an evidence pack tells of the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from domain.compliance.audit import AuditEntry, head_message

_HARMLESS = frozenset(
    {
        "training.requested",
        "training.cancelled",
        "sample.requested",
        "sample.finished",
        "evaluation.requested",
        "pack.requested",
    }
)
"""Actions whose entries hold what people asked for and what was drawn: nothing of real rows."""
WITHHELD = (
    "Its details were counted on real rows without noise and stay inside the instance; so do its "
    "hash and the 256 random bits that go into it, without which no guess of the details can be "
    "tested against a head of the log."
)
NO_HEAD = (
    "Root and signature of the log are left out: an entry that is withheld here was written before "
    "random bits went into every entry, so a guess of its details could be tested against them. "
    "Ask the instance to check the log."
)


def audit_extract(
    entries: Iterable[AuditEntry], head: AuditEntry | None, public_key: bytes, *, private: bool
) -> dict[str, Any]:
    """The signed head of the log, and the entries to the byte; of a private run's entries only
    those to the byte that tell nothing of real rows.

    The head covers what is withheld too: it is left out where an entry without random bits is.
    """
    told = tuple(entries)
    untold = [e for e in told if private and withheld(e)]
    return {
        "schema": 1,
        **_head_documents(head, told_of=all(e.blinded for e in untold)),
        "public_key": public_key.hex(),
        "entries": [_untold(e) if e in untold else _told(e) for e in told],
    }


def withheld(entry: AuditEntry) -> bool:
    """Whether an entry about a private run may hold what was counted on real rows."""
    return entry.document()["action"] not in _HARMLESS


def _head_documents(head: AuditEntry | None, *, told_of: bool) -> dict[str, Any]:
    return {"head": _head_document(head)} if told_of else {"head": None, "note": NO_HEAD}


def _told(entry: AuditEntry) -> dict[str, Any]:
    return {
        "index": entry.index,
        "leaf_hash": entry.leaf_hash.hex(),
        "leaf": entry.leaf.decode(),
    }


def _untold(entry: AuditEntry) -> dict[str, Any]:
    said = entry.document()
    kept = {name: said[name] for name in ("index", "at", "actor", "action", "subject")}
    return {**kept, "withheld": WITHHELD}


def _head_document(head: AuditEntry | None) -> dict[str, Any] | None:
    if head is None:
        return None
    return {
        "size": head.index + 1,
        "root": head.root.hex(),
        "message": head_message(head.index + 1, head.root).decode(),
        "signature": head.signature.hex(),
    }
