"""The mapping of a pack to frameworks: one JSON document, from which every other form is made.

Schema 1, ``domain/compliance/schemas/control_mapping.json``. It names columns and quotes no cell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.compliance.controls.catalogue import FRAMEWORKS, chosen_controls, framework_title
from domain.compliance.controls.control import Control, Source, Standing, Status
from domain.compliance.controls.exhibit import Exhibit, Exhibits
from domain.compliance.controls.exhibits import exhibits
from domain.compliance.controls.expert_worksheet import expert_worksheet
from domain.compliance.controls.figures import Worksheet
from domain.compliance.controls.gdpr_worksheets import gdpr_worksheets
from domain.compliance.controls.identifiers import (
    LETTERS,
    IdentifyingColumn,
    identifying_columns,
    objections,
)
from domain.compliance.controls.judging import Judgement, judged
from domain.compliance.controls.pack_documents import CARD, PackDocuments
from domain.compliance.legal.parties import Parties
from domain.compliance.product import PRODUCT
from domain.kernel import Conflict

MAPPING_SCHEMA = 1

DISCLAIMER = (
    "This mapping is no audit, no certification and no legal advice. It says which evidence of "
    "this pack speaks for which control, and what remains for the organisation."
)
_NO_CARD = "Controls are mapped to a pack with a model card; make the card first."


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedPack:
    """The pack that is mapped."""

    id: str
    organisation: str
    parties: Parties
    product_version: str
    public_key: bytes
    """The Ed25519 key that will sign it, raw."""
    created_at: datetime
    expires_at: datetime
    """From when on nobody should rely on it."""


def control_mapping(
    pack: MappedPack,
    files: Mapping[str, bytes],
    *,
    frameworks: Sequence[str] = tuple(FRAMEWORKS),
    added: Iterable[Control] = (),
    at: datetime | None = None,
) -> dict[str, Any]:
    """The mapping of a pack whose JSON documents are ``files``, by name, to the byte.

    ``added`` are controls of the organisation's own. ``at`` judges the same evidence at a later
    moment than the making of the pack. Raises :class:`BadInput` for unknown frameworks and
    :class:`Conflict` for a pack without a model card.
    """
    if CARD not in files:
        raise Conflict(_NO_CARD)
    documents = PackDocuments.of(files)
    card = documents.documents[CARD]
    controls = chosen_controls(frameworks, added)
    shown = exhibits(
        documents,
        public_key=pack.public_key,
        created_at=pack.created_at,
        expires_at=pack.expires_at,
    )
    moment = at or pack.created_at
    columns = identifying_columns(card)
    found = judged(controls, shown, at=moment, objections=objections(columns))
    return {
        **_heading(pack, moment),
        "dataset": card["training_data"]["dataset"],
        "disclaimer": DISCLAIMER,
        "frameworks": _frameworks(found),
        "evidence": [_exhibit(e, moment) for e in shown.values()],
        "sources": [_source(s) for s in dict.fromkeys(c.source for c in controls)],
        "controls": [_control(j) for j in found],
        "identifiers": _identifiers(columns) if "hipaa" in frameworks else [],
        "worksheets": [
            sheet.to_document()
            for sheet in _worksheets(documents, shown, columns, pack.parties)
            if sheet.framework in frameworks
        ],
    }


def _heading(pack: MappedPack, judged_at: datetime) -> dict[str, Any]:
    return {
        "schema": MAPPING_SCHEMA,
        "created_at": pack.created_at.isoformat(),
        "judged_at": judged_at.isoformat(),
        "expires_at": pack.expires_at.isoformat(),
        "organisation": pack.organisation,
        "product": {"name": PRODUCT, "version": pack.product_version},
        "pack": pack.id,
    }


def _worksheets(
    documents: PackDocuments,
    shown: Exhibits,
    columns: Sequence[IdentifyingColumn],
    parties: Parties,
) -> tuple[Worksheet, ...]:
    return (
        expert_worksheet(documents, columns),
        *gdpr_worksheets(documents, shown, columns, parties),
    )


def _frameworks(found: Sequence[Judgement]) -> list[dict[str, Any]]:
    """The frameworks with how many controls have which status; proposed rules are not counted."""
    names = dict.fromkeys(j.control.framework for j in found)
    return [
        {
            "name": name,
            "title": framework_title(name),
            "statuses": _statuses(found, name, Standing.CURRENT),
            "proposed": _statuses(found, name, Standing.PROPOSED),
        }
        for name in names
    ]


def _statuses(found: Sequence[Judgement], framework: str, standing: Standing) -> dict[str, int]:
    counted = Counter(
        j.status
        for j in found
        if j.control.framework == framework and j.control.source.standing is standing
    )
    return {str(status): counted[status] for status in Status}


def _exhibit(exhibit: Exhibit, at: datetime) -> dict[str, Any]:
    made_at = exhibit.made_at
    return {
        "kind": str(exhibit.kind),
        "file": exhibit.file,
        "sha256": exhibit.sha256,
        "hash_of": "public key" if exhibit.of_key else "file",
        "made_at": made_at.isoformat() if made_at else None,
        "expires_at": exhibit.end(made_at).isoformat() if made_at else None,
        "state": str(exhibit.state(at)),
        "says": exhibit.says,
    }


def _source(source: Source) -> dict[str, Any]:
    return {
        "framework": source.framework,
        "title": source.title,
        "cites": source.cites,
        "version": source.version,
        "dated": source.dated,
        "standing": str(source.standing),
        "edition": source.edition,
        "written": source.written,
    }


def _control(judgement: Judgement) -> dict[str, Any]:
    control = judgement.control
    return {
        "framework": control.framework,
        "source": control.source.title,
        "standing": str(control.source.standing),
        "id": control.id,
        "letter": control.identifier or None,
        "title": control.title,
        "requirement": control.requirement,
        "status": str(judgement.status),
        "at_best": str(control.at_best),
        "reasons": list(judgement.reasons),
        "opposed": judgement.opposed,
        "evidence": [
            {"kind": str(e.kind), "file": e.file, "sha256": e.sha256} for e in judgement.exhibits
        ],
        "needs": [" or ".join(kinds) for kinds in control.needs],
        "shows": judgement.shows,
        "remains": control.remains,
        "do": control.do,
    }


def _identifiers(columns: Sequence[IdentifyingColumn]) -> list[dict[str, Any]]:
    return [
        {
            "letter": letter,
            "columns": [
                {
                    "table": c.table,
                    "column": c.column,
                    "flagged": c.flagged,
                    "fate": str(c.fate),
                    "note": c.note,
                }
                for c in columns
                if c.letter == letter
            ],
        }
        for letter in LETTERS
    ]
