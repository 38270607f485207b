"""A finished run with everything a model card is made of; names are long on purpose."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.compliance.model_card import model_card
from domain.datasets.confirmation import Confirmation
from domain.datasets.entities import (
    ColumnSpec,
    Dataset,
    DatasetRole,
    DatasetTable,
    Metadata,
    PiiAction,
    PiiFlag,
    PiiKind,
    SdType,
    SourceFile,
    TableMetadata,
)
from domain.evaluation.report import EvaluationReport, Score, ShareShift
from domain.kernel import (
    BlobId,
    DatasetId,
    OrganisationId,
    ProjectId,
    RunId,
    SyntheticDatasetId,
    UserId,
)
from domain.synthesis.catalogue import entry
from domain.synthesis.conditions import PLAIN, Amplification, Condition, Operator, SampleSpec
from domain.synthesis.runs import HoldoutSpec, SyntheticDataset, SyntheticTable, TrainingRun

NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
ORGANISATION = OrganisationId(UUID(int=1))
ANNA = UserId("anna.müller")


def columns(count: int) -> tuple[ColumnSpec, ...]:
    """``count`` columns, some with names longer than any cell."""
    kinds = [SdType.INTEGER, SdType.FLOAT, SdType.CATEGORICAL, SdType.DATETIME, SdType.BOOLEAN]
    names = [
        "patient_number",
        "systolic_blood_pressure_at_first_outpatient_visit_after_discharge_mmHg",
        "Aufnahmedatum der Überweisung",
        "ICD10_HAUPTDIAGNOSE_BEI_ENTLASSUNG_AUS_DER_STATIONAEREN_BEHANDLUNG_SCHLUESSEL_LANGTEXT",
        "δ_creatinine_μmol_per_L",
    ]
    names += [f"laboratory_value_{i:02d}" for i in range(len(names), count)]
    specs = [
        ColumnSpec(name=name, sdtype=kinds[i % len(kinds)]) for i, name in enumerate(names[:count])
    ]
    specs[0] = replace(
        specs[0], sdtype=SdType.ID, pii_action=PiiAction.SURROGATE, pii_kind=PiiKind.RECORD_NUMBER
    )
    return tuple(specs)


def metadata(count: int = 50) -> Metadata:
    return Metadata(
        tables={"visits": TableMetadata(columns=columns(count))},
        pii_flags=(
            PiiFlag(
                table="visits",
                column="patient_number",
                kind=PiiKind.RECORD_NUMBER,
                reason="The header says so and every value occurs once.",
                share=1.0,
                action=PiiAction.SURROGATE,
            ),
        ),
    )


def dataset(count: int = 50) -> Dataset:
    known = metadata(count)
    return Dataset(
        id=DatasetId(UUID(int=2)),
        organisation_id=ORGANISATION,
        project_id=ProjectId(UUID(int=3)),
        name="Outpatient visits 2019–2024",
        role=DatasetRole.SOURCE,
        created_by=ANNA,
        created_at=NOON,
        expires_at=NOON + timedelta(days=30),
        files=(
            SourceFile(
                name="outpatient_visits_export_final_2024-12-31_pseudonymised_v2.csv",
                blob_id=BlobId("b1"),
                sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                size=48_211_904,
            ),
        ),
        tables=(
            DatasetTable(
                name="visits",
                blob_id=BlobId("b2"),
                rows=12_500,
                columns=tuple(c.name for c in known.tables["visits"].columns),
            ),
        ),
        notes=("Separator “;”, encoding UTF-8.",),
        metadata=known,
        confirmed_by=UserId("dr.ö.çelik"),
        confirmed_at=NOON + timedelta(hours=1),
        confirmation=Confirmation.SEEN,
    )


def run(synthesizer: str = "sdv-ctgan", **changes: Any) -> TrainingRun:
    made = TrainingRun(
        id=RunId(UUID(int=4)),
        organisation_id=ORGANISATION,
        dataset_id=DatasetId(UUID(int=2)),
        synthesizer=synthesizer,
        settings={"epochs": 40} if synthesizer == "sdv-ctgan" else {},
        seed=7,
        target="laboratory_value_07",
        holdout=HoldoutSpec(),
        privacy=None,
        created_by=ANNA,
        created_at=NOON + timedelta(hours=2),
        rows_trained=10_000,
        rows_held_out=2_500,
        fit_seconds=61.5,
        notes=("Numbers with more than 200 distinct values are learned in 200 bins.",),
        versions={"studio": "0.1.0", "torch": "2.13.0+cpu", "threads": "2", "cpu": "avx512"},
    )
    return replace(made, **changes)


SPEC = SampleSpec(
    where=(Condition(column="age", test=Operator.AT_LEAST, values=("65",)),),
    amplify=(
        Amplification(
            condition=Condition(column="readmitted", test=Operator.IS, values=("true",)),
            factor=4,
        ),
    ),
)
SHIFTS = (
    ShareShift(what="age >= 65", learned=0.25, drawn=1.0),
    ShareShift(what="readmitted = true", learned=0.0123, drawn=0.0492),
)


def synthetic(spec: SampleSpec = PLAIN) -> SyntheticDataset:
    return SyntheticDataset(
        spec=spec,
        id=SyntheticDatasetId(UUID(int=5)),
        organisation_id=ORGANISATION,
        run_id=RunId(UUID(int=4)),
        rows=10_000,
        seed=11,
        created_by=ANNA,
        created_at=NOON + timedelta(hours=3),
        tables=(
            SyntheticTable(
                name="visits",
                rows=10_000,
                csv_blob=BlobId("b3"),
                csv_sha256="60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
                parquet_blob=BlobId("b4"),
                parquet_sha256="fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13",
            ),
        ),
    )


def report(count: int = 50) -> EvaluationReport:
    """A report of the usual scores for ``count`` columns."""
    names = [c.name for c in columns(count)[1:]]
    scores = [
        _score("similarity.columns_passed", "table", 0.918, 0.959, sentence="45 of 49 pass."),
        _score("similarity.quality", "table", 0.9713, 0.9852),
        _score("similarity.pairs", "table", 0.0213, 0.0112),
        _score("detection.auc", "table", 0.6127, 0.5008, interval=(0.599, 0.626)),
        _score("utility.auc", "column:laboratory_value_07", 0.912, 0.924),
        _score("utility.auc_gap", "column:laboratory_value_07", -0.012, 0.0, threshold=-0.03),
        _score("leakage.reidentification", "table", 0.0, 0.0, threshold=0.09),
        _score("privacy.exact_copies", "table", 0.0005, 0.0004),
        _score("privacy.dcr_share", "table", 0.5123, 0.4987, threshold=0.55),
    ]
    for i, name in enumerate(names):
        p = 0.002 if i % 12 == 3 else 0.43
        scope = f"column:{name}"
        scores += [
            _score("similarity.ks", scope, 0.0131 + i / 1000, 0.0121),
            _score("similarity.ks_p", scope, p, 0.52, threshold=0.05),
            _score("similarity.missing_difference", scope, -0.0021, 0.001),
        ]
    scores.append(_score("similarity.pair", f"pair:{names[0]},{names[1]}", 0.21, 0.02))
    return EvaluationReport(scores=tuple(scores))


def _score(
    name: str, scope: str, value: float, baseline: float, sentence: str = "", **more: Any
) -> Score:
    words = sentence or (
        "A sentence that says what the number means for this dataset and what to do about it."
    )
    return Score(
        name=name,
        scope=scope,
        value=value,
        baseline=baseline,
        sentence=words,
        source="A paper (2021)",
        **more,
    )


def conditioned_report() -> EvaluationReport:
    """A report about a twin that was drawn under :data:`SPEC`."""
    notes = ("This twin was drawn under conditions.", "Shares were changed on purpose.")
    return replace(report(), notes=notes, shifts=SHIFTS)


def conditioned_card() -> dict[str, Any]:
    """Its card."""
    return card(spec=SPEC, judged=conditioned_report())


def card(
    count: int = 50,
    *,
    evaluated: bool = True,
    spec: SampleSpec = PLAIN,
    judged: EvaluationReport | None = None,
    known: Dataset | None = None,
    **changes: Any,
) -> dict[str, Any]:
    trained = run(**changes)
    return model_card(
        run=trained,
        synthetic=synthetic(spec),
        dataset=known or dataset(count),
        report=judged or (report(count) if evaluated else None),
        entry=entry(trained.synthesizer),
        organisation="St. Änne Hospital Group",
        product_version="0.1.0",
        created_at=NOON + timedelta(hours=4),
        file_digests=("ab" * 32,) if trained.statement else (),
    )
