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
_WITHHELD = (
    "Its details were counted on real rows without noise and stay inside the instance; so does its "
    "hash, against which a guess of them could be tested."
)


def audit_extract(
    entries: Iterable[AuditEntry], head: AuditEntry | None, public_key: bytes, *, private: bool
) -> dict[str, Any]:
    """The signed head of the log, and the entries to the byte; of a private run's entries only
    those to the byte that tell nothing of real rows."""
    return {
        "schema": 1,
        "head": _head_document(head),
        "public_key": public_key.hex(),
        "entries": [_untold(e) if private and not _harmless(e) else _told(e) for e in entries],
    }


def _harmless(entry: AuditEntry) -> bool:
    return entry.document()["action"] in _HARMLESS


def _told(entry: AuditEntry) -> dict[str, Any]:
    return {
        "index": entry.index,
        "leaf_hash": entry.leaf_hash.hex(),
        "leaf": entry.leaf.decode(),
    }


def _untold(entry: AuditEntry) -> dict[str, Any]:
    said = entry.document()
    kept = {name: said[name] for name in ("index", "at", "actor", "action", "subject")}
    return {**kept, "withheld": _WITHHELD}


def _head_document(head: AuditEntry | None) -> dict[str, Any] | None:
    if head is None:
        return None
    return {
        "size": head.index + 1,
        "root": head.root.hex(),
        "message": head_message(head.index + 1, head.root).decode(),
        "signature": head.signature.hex(),
    }
