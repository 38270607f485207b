"""The documents of a pack as they would be sealed, and its mapping."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.compliance.audit import AuditEntry, leaf_bytes, next_entry
from domain.compliance.audit_extract import audit_extract
from domain.compliance.controls.instance import InstanceSettings, instance_statement
from domain.compliance.controls.mapping import MappedPack, control_mapping
from domain.compliance.leak_check import LeakCheck
from domain.compliance.legal.parties import Parties
from domain.evaluation.report import EvaluationReport, Score, Verdict
from tests.domain.compliance.examples import NOON, card, report

AT = NOON + timedelta(hours=5)
PUBLIC_KEY = bytes(range(32))
PACK = MappedPack(
    id="00000000-0000-0000-0000-000000000009",
    organisation="St. Änne Hospital Group",
    parties=Parties.of("St. Änne Hospital Group"),
    product_version="0.1.0",
    public_key=PUBLIC_KEY,
    created_at=AT,
    expires_at=AT + timedelta(days=365),
)
SETTINGS = InstanceSettings(
    cipher="AES-256-GCM",
    master_key="a file",
    https=True,
    shortest_password=12,
    locks_out=True,
    session_hours=12,
)


SEARCHED = LeakCheck(files=("model-card.json", "synthetic.csv"), looked_for=900, real_rows=100)


def attack(name: str, value: float | None, low: float = 0.0, high: float = 0.05) -> Score:
    return Score(
        name=name,
        scope="table",
        value=value,
        interval=(low, high) if value is not None else None,
        baseline=0.01,
        threshold=0.09,
        sentence="What it means for this table.",
    )


def evaluation(verdict: Verdict | None = Verdict.RELEASE, *more: Score) -> EvaluationReport:
    attacks = (
        attack("leakage.singling_out_one", 0.02),
        attack("leakage.linkability", 0.01),
        attack("leakage.attribute", 0.03),
    )
    return replace(report(3), verdict=verdict, scores=(*report(3).scores, *attacks, *more))


def written(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def audit(
    at: datetime = NOON + timedelta(hours=4),
    *,
    private: bool = False,
    actors: Sequence[str] = ("anna.müller",),
) -> dict[str, Any]:
    """An extract with one entry of each actor."""
    entries: list[AuditEntry] = []
    for index, actor in enumerate(actors):
        leaf = leaf_bytes(
            index=index,
            at=at,
            organisation_id="o",
            actor=actor,
            action="evaluation.finished",
            subject="e",
            details={},
            nonce="ab" * 32,
        )
        before = entries[-1] if entries else None
        entries.append(next_entry(before, leaf, lambda message: b"s" * 64))
    return audit_extract(entries, entries[-1], PUBLIC_KEY, private=private)


def files(**changes: Any) -> dict[str, bytes]:
    """Every document of a good pack; ``changes`` by the name before ``.json``, ``None`` for
    documents that are not there. Dashes are written as underscores."""
    documents: dict[str, Any] = {
        "model_card": card(3),
        "evaluation": evaluation().to_document(),
        "audit": audit(),
        "leak_check": SEARCHED.to_document(),
        "instance": instance_statement(SETTINGS, product_version="0.1.0", created_at=AT),
        "deletion_certificate": {"created_at": AT.isoformat()},
        **changes,
    }
    return {
        f"{name.replace('_', '-')}.json": written(document)
        for name, document in documents.items()
        if document is not None
    }


def mapped(found: dict[str, bytes] | None = None, **more: Any) -> dict[str, Any]:
    return control_mapping(PACK, found or files(), **more)


def row(mapping: dict[str, Any], control: str) -> dict[str, Any]:
    return next(c for c in mapping["controls"] if c["id"] == control)
