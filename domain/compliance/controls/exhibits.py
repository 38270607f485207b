"""Everything that the documents of a pack are evidence of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from domain.compliance.columns_word import ColumnsWord
from domain.compliance.controls.control import EvidenceKind
from domain.compliance.controls.evaluation_exhibits import evaluation_exhibits
from domain.compliance.controls.exhibit import Exhibit
from domain.compliance.controls.identifiers import Fate, identifying_columns, named_columns
from domain.compliance.controls.instance import INSTANCE_FILE
from domain.compliance.controls.pack_documents import (
    AUDIT,
    CARD,
    DELETION,
    DP_REPORT,
    EVALUATION,
    LEAKS,
    PackDocuments,
    counted,
    moment,
)
from domain.compliance.legal.deletion import EXPIRED
from domain.compliance.manifest import MANIFEST
from domain.compliance.search_scope import SearchScope, search_scope
from domain.compliance.summary_wording import source_end
from domain.kernel import SYSTEM

Found = Iterator[Exhibit]
"""What one file is evidence of."""


def exhibits(
    documents: PackDocuments, *, public_key: bytes, created_at: datetime, expires_at: datetime
) -> dict[EvidenceKind, Exhibit]:
    """The evidence of a pack, with the manifest that will sign it.

    ``created_at`` and ``expires_at`` are the pack's.
    """
    found = {
        exhibit.kind: exhibit
        for name, reader in _READERS.items()
        if name in documents.documents
        for exhibit in reader(documents)
    }
    manifest = Exhibit(
        kind=EvidenceKind.MANIFEST,
        file=MANIFEST,
        sha256=hashlib.sha256(public_key).hexdigest(),
        made_at=created_at,
        expires_at=expires_at,
        says="Lists the SHA-256 of every file, this one too, under an Ed25519 signature.",
    )
    return {**found, manifest.kind: manifest}


def _exhibit(
    documents: PackDocuments,
    name: str,
    kind: EvidenceKind,
    made_at: datetime | None,
    says: str,
    **more: Any,
) -> Exhibit:
    sha256 = documents.hashes[name]
    return Exhibit(kind=kind, file=name, sha256=sha256, made_at=made_at, says=says, **more)


def _card(documents: PackDocuments) -> Found:
    card = documents.documents[CARD]
    made_at = moment(card["created_at"])
    tell = "Says what was learned from what, how, by whom and with which limits."
    yield _exhibit(documents, CARD, EvidenceKind.MODEL_CARD, made_at, tell)
    yield _column_decisions(documents, card)
    yield _invented_ids(documents, card)
    data = card["training_data"]
    gone = data.get("deleted_at") is not None
    yield _exhibit(
        documents,
        CARD,
        EvidenceKind.DELETION_DATE,
        made_at,
        source_end(card),
        expires_at=None if gone else moment(data["deleted_after"]),
    )


def _column_decisions(documents: PackDocuments, card: Mapping[str, Any]) -> Exhibit:
    word = ColumnsWord.of(card)
    return _exhibit(
        documents,
        CARD,
        EvidenceKind.COLUMN_DECISIONS,
        word.at if word else moment(card["created_at"]),
        f"Columns: {word.sentence}" if word else "Nobody has confirmed the columns.",
        holds=word is not None,
        conditional=word is not None and not word.by_person,
    )


def _invented_ids(documents: PackDocuments, card: Mapping[str, Any]) -> Exhibit:
    """Whether codes of rows are invented: those that were modelled may be real ones."""
    codes = [c for c in identifying_columns(card) if c.letter in _CODES]
    kept = [c for c in codes if c.fate is Fate.MODELLED]
    word = ColumnsWord.of(card)
    seen = word is not None and word.by_person
    named = f"Modelled, so real ones may recur: {named_columns(kept)}."
    rest = f"Columns with codes of rows: {len(codes) or 'none'}, each invented or left out."
    return _exhibit(
        documents,
        CARD,
        EvidenceKind.INVENTED_IDS,
        moment(card["created_at"]),
        named if kept else f"{rest}{'' if seen else _UNSEEN}",
        holds=not kept,
        conditional=not seen,
    )


_CODES = frozenset("GHIJKLMR")
"""Safe Harbor identifiers that are numbers or codes of one person or thing."""
_UNSEEN = " Nobody who is known by name looked whether other columns hold codes."


def _dp_report(documents: PackDocuments) -> Found:
    report = documents.documents[DP_REPORT]
    weak = report["epsilon"] > _TELLING
    yield _exhibit(
        documents,
        DP_REPORT,
        EvidenceKind.DP_REPORT,
        moment(report["created_at"]),
        f"{report['summary']}{_WEAK if weak else ''}",
        holds=not report["void"],
        conditional=weak,
    )


_TELLING = 10.0
"""ε up to which a bound tells something by itself: the second of three tiers in Ponomareva et
al., “How to DP-fy ML” (2023)."""

_WEAK = " With ε above 10 the bound alone tells little; let attacks be made as well."


def _audit_extract(documents: PackDocuments) -> Found:
    yield from _audit(documents)
    yield from _persons(documents)


def _audit(documents: PackDocuments) -> Found:
    head, told = documents.documents[AUDIT]["head"], documents.audited()
    records = f"{counted(len(told), 'record')} about this twin"
    yield _exhibit(
        documents,
        AUDIT,
        EvidenceKind.AUDIT,
        max((moment(e["at"]) for e in told), default=None),
        f"{records}, and the signed head of a log of {head['size']:,}."
        if head
        else f"{records}; the head of the log is not told.",
        conditional=not head,
    )


def _persons(documents: PackDocuments) -> Found:
    """Whether those who acted are told apart: the command line without a user has one name for
    everybody. What the product does at a set time is nobody's act."""
    acts = [str(e["actor"]) for e in documents.audited() if e["action"] != EXPIRED]
    shared = sum(actor == SYSTEM for actor in acts)
    if not acts:
        return
    named = f"by {counted(len({*acts} - {SYSTEM}), 'named account')}"
    yield _exhibit(
        documents,
        AUDIT,
        EvidenceKind.PERSONS,
        max(moment(e["at"]) for e in documents.audited()),
        f"{shared} of {counted(len(acts), 'act')} stand under “{SYSTEM}”, which names no person."
        if shared
        else f"{counted(len(acts), 'act')} {named}.",
        holds=shared < len(acts),
        conditional=bool(shared),
    )


def _leak_check(documents: PackDocuments) -> Found:
    """The search of the files, and of the rows where they were among them."""
    check, card = documents.documents[LEAKS], documents.document(CARD)
    at = moment(card["created_at"]) if card else None
    scope, clean = search_scope(check), check["checked"] and not check["findings"]
    little = scope in (SearchScope.ROWS, SearchScope.NOTHING)
    places = f"places with real values: {len(check['findings']) or 'none'}"
    searched = f"{counted(len(check['files']), 'file')} searched; {places}."
    says = f"{searched} {check['note']}" if check["checked"] else check["note"]
    told = {"holds": clean, "conditional": little}
    yield _exhibit(documents, LEAKS, EvidenceKind.LEAK_CHECK, at, says.strip(), **told)
    if scope in (SearchScope.VALUES, SearchScope.ROWS):
        says = f"{_ROWS_ALONE if little else _looked_for(check)}; {places}."
        yield _exhibit(documents, LEAKS, EvidenceKind.ROWS_SEARCHED, at, says, **told)


_ROWS_ALONE = "Copies of whole real rows alone were looked for, as the leak check says"


def _looked_for(check: Mapping[str, Any]) -> str:
    values = counted(check["real_values"], "real value")
    return f"{values} and {counted(check['real_rows'], 'whole row')} looked for in the rows"


def _instance(documents: PackDocuments) -> Found:
    statement = documents.documents[INSTANCE_FILE]
    for line in statement["lines"]:
        yield _exhibit(
            documents,
            INSTANCE_FILE,
            EvidenceKind(line["kind"]),
            moment(statement["created_at"]),
            line["says"],
            holds=line["holds"],
        )


def _deletion(documents: PackDocuments) -> Found:
    yield _exhibit(
        documents,
        DELETION,
        EvidenceKind.DELETION,
        moment(documents.documents[DELETION]["created_at"]),
        "Certifies that the source was shredded.",
    )


_READERS: Mapping[str, Callable[[PackDocuments], Found]] = {
    CARD: _card,
    EVALUATION: evaluation_exhibits,
    DP_REPORT: _dp_report,
    AUDIT: _audit_extract,
    LEAKS: _leak_check,
    INSTANCE_FILE: _instance,
    DELETION: _deletion,
}
