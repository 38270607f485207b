"""The model card: what was learned from what, how, by whom, and what it must not be used for.

The document is JSON (schema 1, ``schemas/model_card.json``); it quotes no cell of the real table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from domain.compliance.card_wording import (
    describe,
    intended_use,
    limitations,
    privacy_sentences,
    reproducibility_notes,
)
from domain.compliance.dp_wording import VOID
from domain.compliance.environment_lock import LOCK
from domain.compliance.private_card import covered
from domain.compliance.product import PRODUCT
from domain.datasets.entities import (
    ColumnSpec,
    Dataset,
    DatasetTable,
    Metadata,
    PiiAction,
    PiiFlag,
    SdType,
)
from domain.datasets.event_keys import keys_in_words
from domain.evaluation.copying import worst_copies
from domain.evaluation.headline import headline_scores
from domain.evaluation.report import EvaluationReport, Score, ShareShift
from domain.privacy.published import rounded_up
from domain.synthesis.catalogue import SynthesizerEntry
from domain.synthesis.learning_curves import learning_curves
from domain.synthesis.runs import SyntheticDataset, SyntheticTable, TrainingRun
from domain.synthesis.settings import with_defaults
from domain.synthesis.spec_wording import spec_sentences

MODEL_CARD_SCHEMA = 1


def model_card(
    *,
    run: TrainingRun,
    synthetic: SyntheticDataset,
    dataset: Dataset,
    report: EvaluationReport | None,
    entry: SynthesizerEntry,
    organisation: str,
    product_version: str,
    created_at: datetime,
    file_digests: Sequence[str] = (),
) -> dict[str, Any]:
    """The card of one synthetic dataset, ready for ``json.dumps`` and for print.

    ``file_digests`` name the files of a private run: HMAC-SHA-256 under the instance's key, hex.
    """
    card = {
        "schema": MODEL_CARD_SCHEMA,
        "created_at": created_at.isoformat(),
        "organisation": organisation,
        "product": {"name": PRODUCT, "version": product_version},
        "description": describe(run, synthetic, dataset, entry, report),
        "synthesizer": _synthesizer(run, entry.of_run(private=run.statement is not None)),
        "training_data": _training_data(run, dataset),
        "privacy": _privacy(run, report),
        "synthetic_data": _synthetic_data(synthetic, report),
        "metrics": _metrics(report),
        "intended_use": intended_use(report),
        "limitations": limitations(run, report, synthetic.spec),
        "provenance": _provenance(run, synthetic, dataset),
        "reproducibility": {
            "training_seed": run.seed,
            "sampling_seed": synthetic.seed,
            "versions": {name: v for name, v in run.versions.items() if name != LOCK},
            "notes": reproducibility_notes(entry, private=run.statement is not None),
        },
    }
    return covered(card, run.statement, dataset, file_digests) if run.statement else card


def _synthesizer(run: TrainingRun, entry: SynthesizerEntry) -> dict[str, Any]:
    values = with_defaults(entry.settings, run.settings)
    return {
        "name": entry.name,
        "title": entry.title,
        "summary": entry.summary,
        "licence_note": entry.licence_note,
        "settings": [
            {
                "name": setting.name,
                "value": values[setting.name],
                "default": setting.default,
                "meaning": setting.help,
            }
            for setting in entry.settings
        ],
        "notes": list(run.notes),
        "learning_curves": [curve.to_document() for curve in learning_curves(run)],
    }


def _training_data(run: TrainingRun, dataset: Dataset) -> dict[str, Any]:
    metadata = dataset.metadata
    return {
        "dataset": dataset.name,
        "files": [{"name": f.name, "sha256": f.sha256, "size": f.size} for f in dataset.files],
        "rows_trained": run.rows_trained,
        "rows_held_out": run.rows_held_out,
        "holdout_from_other_dataset": run.holdout.dataset_id is not None,
        "target": run.target,
        "events": [
            {
                "table": name,
                "entity": keys.entity,
                "time": keys.time,
                "meaning": keys_in_words(keys),
            }
            for name, keys in run.sequences.items()
        ],
        "reading_notes": list(dataset.notes),
        "tables": [_table(table, metadata) for table in dataset.tables],
        "relationships": [
            {
                "parent": f"{r.parent_table_name}.{r.parent_primary_key}",
                "child": f"{r.child_table_name}.{r.child_foreign_key}",
            }
            for r in (metadata.relationships if metadata else ())
        ],
        "pii_decisions": [_pii_decision(f) for f in (metadata.pii_flags if metadata else ())],
        "deleted_after": dataset.expires_at.isoformat(),
        "deleted_at": dataset.deleted_at.isoformat() if dataset.deleted_at else None,
    }


def _table(table: DatasetTable, metadata: Metadata | None) -> dict[str, Any]:
    confirmed = metadata.tables[table.name] if metadata else None
    return {
        "name": table.name,
        "rows": table.rows,
        "columns": [_column(s) for s in (confirmed.columns if confirmed else ())],
        "constraints": [str(c) for c in (confirmed.constraints if confirmed else ())],
    }


def _column(spec: ColumnSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "type": str(spec.sdtype),
        "treatment": _treatment(spec),
        "pii": str(spec.pii_kind) if spec.pii_kind else None,
    }


def _treatment(spec: ColumnSpec) -> str:
    if spec.pii_action is PiiAction.DROP:
        return "left out"
    if spec.pii_action is PiiAction.SURROGATE:
        return "invented surrogates"
    if spec.sdtype in (SdType.ID, SdType.TEXT):
        return "invented identifiers" if spec.sdtype is SdType.ID else "invented text"
    return "modelled"


def _pii_decision(flag: PiiFlag) -> dict[str, Any]:
    return {
        "table": flag.table,
        "column": flag.column,
        "kind": str(flag.kind),
        "reason": flag.reason,
        "share": flag.share,
        "decision": str(flag.action),
    }


def _privacy(run: TrainingRun, report: EvaluationReport | None) -> dict[str, Any]:
    statement = run.statement
    return {
        "differentially_private": statement is not None,
        "epsilon": rounded_up(statement.epsilon) if statement else None,
        "delta": rounded_up(statement.delta) if statement else None,
        "unit": statement.unit if statement else None,
        "accountant": statement.accountant if statement else None,
        "stamp": VOID if statement and statement.void else None,
        "report": "dp-report.pdf" if statement else None,
        "meaning": privacy_sentences(statement, measured=worst_copies(report) is not None),
    }


def _synthetic_data(synthetic: SyntheticDataset, report: EvaluationReport | None) -> dict[str, Any]:
    return {
        "tables": [_drawn_table(table) for table in synthetic.tables],
        "conditions": list(spec_sentences(synthetic.spec)),
        "shifts": [_shift(shift) for shift in report.shifts] if report else [],
    }


def _shift(shift: ShareShift) -> dict[str, Any]:
    return {"what": shift.what, "learned": shift.learned, "drawn": shift.drawn}


def _drawn_table(table: SyntheticTable) -> dict[str, Any]:
    files = {"csv_sha256": table.csv_sha256, "parquet_sha256": table.parquet_sha256}
    return {
        "name": table.name,
        "rows": table.rows,
        **{name: digest for name, digest in files.items() if digest},
    }


def _metrics(report: EvaluationReport | None) -> dict[str, Any]:
    if report is None:
        return {"evaluated": False, "verdict": None, "headline": [], "note": None}
    return {
        "evaluated": True,
        "verdict": str(report.verdict) if report.verdict else None,
        "headline": [_metric(name, s) for name, s in headline_scores(report).items()],
        "note": None,
    }


def _metric(name: str, score: Score) -> dict[str, Any]:
    return {
        "headline": name,
        "name": score.name,
        "scope": score.scope,
        "value": score.value,
        "interval": list(score.interval) if score.interval else None,
        "baseline": score.baseline,
        "threshold": score.threshold,
        "source": score.source,
        "sentence": score.sentence,
    }


def _provenance(
    run: TrainingRun, synthetic: SyntheticDataset, dataset: Dataset
) -> list[dict[str, Any]]:
    """Who did what, when, oldest first."""
    steps: Iterable[tuple[str, str | None, datetime | None, object]] = (
        ("uploaded", dataset.created_by, dataset.created_at, dataset.id),
        (dataset.confirmation.step, dataset.confirmed_by, dataset.confirmed_at, dataset.id),
        ("started training", run.created_by, run.created_at, run.id),
        ("asked for rows", synthetic.created_by, synthetic.created_at, synthetic.id),
    )
    return [
        {"step": step, "by": str(by), "at": at.isoformat(), "id": str(thing)}
        for step, by, at, thing in steps
        if at is not None
    ]
