"""The certificate that a dataset was deleted: what, when, by whom, how, and what remains.

Schema 1, ``domain/compliance/schemas/deletion_certificate.json``. It tells no more than the other
papers of a pack do: files of private runs have keyed names, and no size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.compliance.audit import AuditEntry
from domain.compliance.legal.deletion_wording import CONDITIONS, METHOD, REMAINS, STANDARD
from domain.compliance.product import PRODUCT
from domain.compliance.summary_wording import bounded
from domain.datasets.entities import Dataset, SourceFile
from domain.kernel import Conflict

DELETION_SCHEMA = 1

DELETED, EXPIRED = "dataset.deleted", "dataset.expired"
"""Actions of the audit log: by a person, and by the rule for how long real rows are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionCase:
    """A deleted dataset, and the entry of the audit log about it."""

    dataset: Dataset
    entry: AuditEntry
    organisation: str
    product_version: str
    created_at: datetime
    """When the certificate is made."""
    keyed_digests: tuple[str, ...] = ()
    """Of the dataset's files in order where a run of it is private: HMAC-SHA-256, hex."""


def deletion_entry(entries: Iterable[AuditEntry], dataset: Dataset) -> AuditEntry | None:
    """The entry that says that ``dataset`` was deleted; ``None`` while it is there.

    :class:`Conflict` where it is gone and the log does not say how: nobody can certify that.
    """
    if dataset.deleted_at is None:
        return None
    for entry in entries:
        said = entry.document()
        if said["subject"] == str(dataset.id) and said["action"] in (DELETED, EXPIRED):
            return entry
    raise Conflict(
        "The audit log has no entry about the deletion of this dataset, so it cannot be "
        "certified; run “verify_audit” and ask the operator."
    )


def deletion_certificate(case: DeletionCase) -> dict[str, Any]:
    """The certificate, ready for ``json.dumps``."""
    return {
        "schema": DELETION_SCHEMA,
        "created_at": case.created_at.isoformat(),
        "organisation": case.organisation,
        "product": {"name": PRODUCT, "version": case.product_version},
        "dataset": _dataset(case),
        "deletion": _deletion(case),
        "destroyed": _destroyed(case),
        "method": {"standard": STANDARD, "says": METHOD, "conditions": list(CONDITIONS)},
        "audit": _audit(case.entry, private=bool(case.keyed_digests)),
        "remains": list(REMAINS),
    }


def deletion_context(certificate: Mapping[str, Any]) -> dict[str, Any]:
    """What the print template ``pack/deletion_certificate.html`` shows."""
    return {
        "certificate": certificate,
        "name": bounded(certificate["dataset"]["name"], 120),
        "organisation": bounded(certificate["organisation"], 60),
    }


def _dataset(case: DeletionCase) -> dict[str, Any]:
    dataset = case.dataset
    return {
        "id": str(dataset.id),
        "name": dataset.name,
        "uploaded_at": dataset.created_at.isoformat(),
        "uploaded_by": dataset.created_by,
        "files": list(_files(case)),
        "tables": [table.name for table in dataset.tables],
    }


def _files(case: DeletionCase) -> Iterator[dict[str, Any]]:
    for place, file in enumerate(case.dataset.files):
        digest = case.keyed_digests[place] if case.keyed_digests else None
        yield _file(file, digest)


def _file(file: SourceFile, digest: str | None) -> dict[str, Any]:
    """Size and plain hash of a private run's file would let anybody test a guess of it."""
    if digest is not None:
        return {"name": file.name, "hmac_sha256": digest}
    return {"name": file.name, "sha256": file.sha256, "size": file.size}


def _deletion(case: DeletionCase) -> dict[str, Any]:
    said = case.entry.document()
    by_rule = said["action"] == EXPIRED
    until = case.dataset.expires_at
    return {
        "at": said["at"],
        "by": said["actor"],
        "rule": f"Real rows of this dataset were to be kept until {until:%Y-%m-%d %H:%M} UTC."
        if by_rule
        else None,
        "kept_until": until.isoformat(),
    }


def _destroyed(case: DeletionCase) -> dict[str, int]:
    """How many stored things lost their keys, as the audit log counted them."""
    counted = case.entry.document()["details"]
    return {
        "source_files_tables_and_profile": counted["blobs"],
        "models": counted["models"],
        "completed_rows": counted.get("completed", 0),
    }


def _audit(entry: AuditEntry, *, private: bool) -> dict[str, Any]:
    """Where the log says so.

    Of a private run the hash is told only where random bits are in it, and the head not at all:
    it covers older entries too, which may have none, and guesses of them could be tested.
    """
    told = entry.blinded or not private
    return {
        "index": entry.index,
        "action": entry.document()["action"],
        "leaf_hash": entry.leaf_hash.hex() if told else None,
        "tree_size": entry.index + 1,
        "root": None if private else entry.root.hex(),
        "signature": None if private else entry.signature.hex(),
    }
