"""What an evidence pack tells of the audit log."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
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
    untold = [e for e in told if private and withheld(e.document()["action"])]
    return {
        "schema": 1,
        **_head_documents(head, told_of=all(e.blinded for e in untold)),
        "public_key": public_key.hex(),
        "entries": [WithheldEntry.of(e).document() if e in untold else _told(e) for e in told],
    }


@dataclass(frozen=True, slots=True)
class WithheldEntry:
    """Who did what to which thing and when, without what was counted and without any hash."""

    index: int
    said: dict[str, Any]

    @classmethod
    def of(cls, entry: AuditEntry) -> WithheldEntry:
        """What may be told of ``entry``."""
        told = entry.document()
        kept = {name: told[name] for name in ("index", "at", "actor", "action", "subject")}
        return cls(entry.index, {**kept, "withheld": WITHHELD})

    def document(self) -> dict[str, Any]:
        """What happened, and that the rest is withheld."""
        return dict(self.said)


def withheld(action: str) -> bool:
    """Whether an entry about a private run may hold what was counted on real rows."""
    return action not in _HARMLESS


def private_subjects(entries: Iterable[AuditEntry], dataset_ids: Collection[str]) -> frozenset[str]:
    """The datasets of private runs, and whatever the log says was made of them.

    ``entries`` come in the order of the log: a thing is named together with what it is made of
    when it is asked for (a run with its dataset, a synthetic dataset with its run, and so on).
    """
    found = set(dataset_ids)
    for entry in entries:
        said = entry.document()
        if any(isinstance(value, str) and value in found for value in said["details"].values()):
            found.add(said["subject"])
    return frozenset(found)


def _head_documents(head: AuditEntry | None, *, told_of: bool) -> dict[str, Any]:
    return {"head": _head_document(head)} if told_of else {"head": None, "note": NO_HEAD}


def _told(entry: AuditEntry) -> dict[str, Any]:
    return {
        "index": entry.index,
        "leaf_hash": entry.leaf_hash.hex(),
        "leaf": entry.leaf.decode(),
    }


def _head_document(head: AuditEntry | None) -> dict[str, Any] | None:
    if head is None:
        return None
    return {
        "size": head.index + 1,
        "root": head.root.hex(),
        "message": head_message(head.index + 1, head.root).decode(),
        "signature": head.signature.hex(),
    }
