"""What an evidence pack tells of the audit log."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.compliance.audit import AuditEntry, head_message
from domain.compliance.inclusion import LogLeaves, Telling, Tree
from domain.compliance.times_of_private_runs import to_the_hour
from domain.kernel import Conflict

EXTRACT_SCHEMA = 2
"""1 had no inclusion proofs and no list of the entries' places."""

_HARMLESS = frozenset(
    {
        "training.requested",
        "training.cancelled",
        "sample.requested",
        "evaluation.requested",
        "pack.requested",
    }
)
"""Actions whose entries hold what people asked for: nothing of real rows, nor when work on them
ended."""
WITHHELD = (
    "Its details hold or may hold what was counted on real rows without noise, or when work on "
    "them ended, and stay inside the instance; so do the "
    "256 random bits that go into its hash, without which no guess of the details can be tested "
    "against that hash, against a proof of the entry beside it or against a head of the log."
)
NO_PROOF = (
    "The proof is left out: it would tell the hash of another entry that was written before random "
    "bits went into every entry, so a guess of that entry could be tested against it."
)
UNPROVEN = "There is no proof: this extract was made without the hashes of the whole log."
NO_HEAD = (
    "Root and signature of the log are left out: an entry that is withheld here was written before "
    "random bits went into every entry, so a guess of its details could be tested against them. "
    "Ask the instance to check the log."
)


def audit_extract(
    entries: Iterable[AuditEntry],
    head: AuditEntry | None,
    public_key: bytes,
    *,
    private: bool,
    leaves: LogLeaves | None = None,
) -> dict[str, Any]:
    """The signed head of the log, and the entries up to it to the byte; of a private run's entries
    only those to the byte that tell nothing of real rows.

    The head covers what is withheld too: it is left out where an entry without random bits is.
    ``leaves`` are those under the head: with them each entry told gets its audit path (RFC 6962
    §2.1.1). Paths hold hashes of neighbours, also of those withheld, but only of what random bits
    hide (:class:`Telling`). Raises :class:`Conflict` where they do not give the root of the head.
    """
    found = tuple(e for e in entries if head is None or e.index <= head.index)
    untold = frozenset(e.index for e in found if private and withheld(e.document()["action"]))
    told_of = all(e.blinded for e in found if e.index in untold)
    told = [e.index for e in found if e.index not in untold]
    prove = _Proving.of(head if told_of else None, leaves, told)
    return {
        "schema": EXTRACT_SCHEMA,
        **_head_documents(head, told_of=told_of),
        "public_key": public_key.hex(),
        "indexes": [e.index for e in found],
        "entries": [
            WithheldEntry.of(e).document() if e.index in untold else _told(e, prove) for e in found
        ],
    }


@dataclass(frozen=True, slots=True)
class WithheldEntry:
    """Who did what to which thing and when, without what was counted and without any hash."""

    index: int
    said: dict[str, Any]

    @classmethod
    def of(cls, entry: AuditEntry) -> WithheldEntry:
        """What may be told of ``entry``: when it happened to the hour."""
        told = entry.document()
        kept = {name: told[name] for name in ("index", "at", "actor", "action", "subject")}
        at = to_the_hour(datetime.fromisoformat(kept["at"])).isoformat()
        return cls(entry.index, {**kept, "at": at, "withheld": WITHHELD})

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


@dataclass(frozen=True, slots=True)
class _Proving:
    """The tree under the head that is told, and what may be told of it."""

    tree: Tree
    telling: Telling

    @classmethod
    def of(
        cls, head: AuditEntry | None, leaves: LogLeaves | None, told: Iterable[int]
    ) -> _Proving | None:
        if head is None or leaves is None:
            return None
        tree = Tree.of(leaves.hashes)
        if (tree.size, tree.root) != (head.index + 1, head.root):
            raise Conflict(
                "The audit log does not give the head that was signed; run “verify_audit” and ask "
                "the operator before a pack leaves."
            )
        return cls(tree, Telling.of(told, leaves))

    def documents(self, index: int) -> dict[str, Any]:
        """The proof of one entry, or why there is none."""
        path = self.tree.path(index)
        if not all(self.telling.may_tell(sibling) for sibling in path):
            return {"proof": None, "note": NO_PROOF}
        told = {"tree_size": self.tree.size, "path": [sibling.hash.hex() for sibling in path]}
        return {"proof": told}


def _told(entry: AuditEntry, proving: _Proving | None) -> dict[str, Any]:
    return {
        "index": entry.index,
        "leaf_hash": entry.leaf_hash.hex(),
        "leaf": entry.leaf.decode(),
        **(proving.documents(entry.index) if proving else {"proof": None, "note": UNPROVEN}),
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
