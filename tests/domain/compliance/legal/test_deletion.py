"""The certificate of a deletion: who, when, how, where the log says so, and what remains."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from domain.compliance.audit import AuditEntry, leaf_bytes, next_entry
from domain.compliance.controls.control import EvidenceKind
from domain.compliance.controls.exhibit import State
from domain.compliance.controls.exhibits import exhibits
from domain.compliance.controls.pack_documents import DELETION, PackDocuments
from domain.compliance.legal.deletion import DeletionCase, deletion_certificate, deletion_entry
from domain.kernel import Conflict
from tests.domain.compliance.examples import NOON, dataset

SCHEMA = json.loads(
    (Path(__file__).parents[4] / "domain/compliance/schemas/deletion_certificate.json").read_text()
)
GONE = replace(dataset(2), deleted_at=NOON)


def entry(action: str = "dataset.deleted", nonce: str = "ab" * 32, **changes: Any) -> AuditEntry:
    said = {
        "index": 0,
        "at": NOON,
        "organisation_id": "o",
        "actor": "anna.müller",
        "subject": str(GONE.id),
        "details": {"blobs": 3, "models": 2, "completed": 1},
    }
    leaf = leaf_bytes(action=action, nonce=nonce, **{**said, **changes})
    return next_entry(None, leaf, lambda message: b"s" * 64)


def certificate(of: AuditEntry, keyed: tuple[str, ...] = ()) -> dict[str, Any]:
    made = deletion_certificate(
        DeletionCase(
            dataset=GONE,
            entry=of,
            organisation="Clinic",
            product_version="0.1.0",
            created_at=NOON,
            keyed_digests=keyed,
        )
    )
    jsonschema.validate(made, SCHEMA, format_checker=jsonschema.FormatChecker())
    return made


def test_it_says_who_deleted_what_when_and_where_the_log_says_so():
    of = entry()
    told = certificate(of)
    (file,) = told["dataset"]["files"]
    assert (file["sha256"], file["size"]) == (GONE.files[0].sha256, GONE.files[0].size)
    assert told["deletion"] | {"kept_until": ""} == {
        "at": NOON.isoformat(),
        "by": "anna.müller",
        "rule": None,
        "kept_until": "",
    }
    assert told["destroyed"] == {
        "source_files_tables_and_profile": 3,
        "models": 2,
        "completed_rows": 1,
    }
    assert (told["audit"]["index"], told["audit"]["leaf_hash"]) == (0, of.leaf_hash.hex())
    assert "800-88 Rev. 2" in told["method"]["standard"]
    assert any("backup" in line for line in told["method"]["conditions"])


def test_a_rule_that_deleted_is_named_with_its_day():
    told = certificate(entry("dataset.expired", actor="system"))
    assert f"{GONE.expires_at:%Y-%m-%d}" in told["deletion"]["rule"]


def test_files_of_private_runs_have_keyed_names_and_no_size():
    told = json.dumps(certificate(entry(), keyed=("cd" * 32,)))
    assert "cd" * 32 in told
    assert GONE.files[0].sha256 not in told
    assert str(GONE.files[0].size) not in told


def test_a_hash_that_a_guess_could_be_tested_against_is_not_told_of_private_runs():
    old = entry(nonce="")
    assert certificate(old)["audit"]["leaf_hash"] == old.leaf_hash.hex()
    assert old.leaf_hash.hex() not in json.dumps(certificate(old, keyed=("cd" * 32,)))
    told = certificate(entry(), keyed=("cd" * 32,))["audit"]
    assert told["leaf_hash"] == entry().leaf_hash.hex()
    assert (told["root"], told["signature"]) == (None, None)


def test_what_is_still_there_has_no_certificate_and_what_no_log_tells_of_cannot_get_one():
    assert deletion_entry([], dataset(2)) is None
    assert deletion_entry([entry("dataset.uploaded"), entry()], GONE) == entry()
    with pytest.raises(Conflict, match="cannot be certified"):
        deletion_entry([entry("dataset.uploaded"), entry(subject="another")], GONE)


def test_the_mapping_of_controls_takes_it_as_evidence():
    documents = PackDocuments.of({DELETION: json.dumps(certificate(entry())).encode()})
    found = exhibits(documents, public_key=b"k" * 32, created_at=NOON, expires_at=NOON)
    assert found[EvidenceKind.DELETION].state(NOON) is State.VALID
