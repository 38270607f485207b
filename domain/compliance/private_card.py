"""The model card of a private run: what no ε covers is taken out or named by a keyed digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain.compliance.dp_case import invented_keys
from domain.compliance.dp_wording import EVALUATION_INSIDE, EVALUATION_OUTSIDE
from domain.datasets.entities import Dataset
from domain.privacy.budget import ROW, PrivacyStatement

UNTOLD = "Not told: it was concluded from real values without noise."
_INVENTED = "invented identifiers"


def covered(
    card: Mapping[str, Any],
    statement: PrivacyStatement,
    dataset: Dataset,
    file_digests: Sequence[str],
) -> dict[str, Any]:
    """``card`` without what was read from real rows and not paid for.

    Hashes and sizes of files, notes of reading, reasons for suspecting personal data, rules,
    curves and, where the unit is no row, numbers of rows. Figures of an evaluation stay where a
    person asked for them, and say that they are not covered.
    """
    evaluated = card["metrics"]["evaluated"]
    note = EVALUATION_OUTSIDE if evaluated else EVALUATION_INSIDE
    return {
        **card,
        "synthesizer": {**card["synthesizer"], "learning_curves": []},
        "training_data": _data(card["training_data"], statement, dataset, file_digests),
        "metrics": {**card["metrics"], "note": note},
    }


def _data(
    told: Mapping[str, Any],
    statement: PrivacyStatement,
    dataset: Dataset,
    file_digests: Sequence[str],
) -> dict[str, Any]:
    counts: dict[str, Any] = {}
    if statement.unit != ROW:
        counts = {"rows_trained": None, "rows_held_out": None}
    return {
        **told,
        **counts,
        "files": [
            {"name": file.name, "hmac_sha256": digest}
            for file, digest in zip(dataset.files, file_digests, strict=True)
        ],
        "reading_notes": [],
        "tables": [_table(table, statement, dataset) for table in told["tables"]],
        "pii_decisions": [
            {**flag, "reason": UNTOLD, "share": None} for flag in told["pii_decisions"]
        ],
    }


def _table(
    told: Mapping[str, Any], statement: PrivacyStatement, dataset: Dataset
) -> dict[str, Any]:
    metadata = dataset.metadata
    keys = invented_keys(metadata.tables[told["name"]], statement) if metadata else frozenset()
    return {
        **told,
        "rows": told["rows"] if statement.unit == ROW else None,
        "columns": [
            {**column, "treatment": _INVENTED}
            if column["name"] in keys and column["treatment"] == "modelled"
            else column
            for column in told["columns"]
        ],
        "constraints": [],
    }
