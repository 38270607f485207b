"""Things to keep, with everything filled in that a store could lose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from domain.compliance.evidence import EvidencePack
from domain.datasets.entities import (
    ColumnSpec,
    Dataset,
    DatasetRole,
    DatasetTable,
    Metadata,
    PiiAction,
    PiiFlag,
    PiiKind,
    Relationship,
    SdType,
    SourceFile,
    TableMetadata,
)
from domain.evaluation.report import Evaluation
from domain.jobs import Job, JobKind
from domain.kernel import (
    BlobId,
    DatasetId,
    EvaluationId,
    JobId,
    OrganisationId,
    PackId,
    RunId,
    SyntheticDatasetId,
    UserId,
)
from domain.privacy.budget import PrivacySpec
from domain.synthesis.runs import HoldoutSpec, SyntheticDataset, TrainingRun
from tests.contracts.worlds import World

NOON = datetime(2026, 3, 14, 12, 0, 0, 123456, tzinfo=UTC)
ANN = UserId("ann")


def metadata() -> Metadata:
    """Two tables, a key between them and a flag."""
    return Metadata(
        tables={
            "people": TableMetadata(
                columns=(
                    ColumnSpec(name="id", sdtype=SdType.ID, unique=True),
                    ColumnSpec(
                        name="born",
                        sdtype=SdType.DATETIME,
                        datetime_format="%d.%m.%Y",
                        pii_action=PiiAction.SURROGATE,
                        pii_kind=PiiKind.BIRTH_DATE,
                    ),
                ),
                primary_key="id",
            ),
            "visits": TableMetadata(columns=(ColumnSpec(name="person", sdtype=SdType.ID),)),
        },
        relationships=(
            Relationship(
                parent_table_name="people",
                parent_primary_key="id",
                child_table_name="visits",
                child_foreign_key="person",
            ),
        ),
        pii_flags=(
            PiiFlag(
                table="people",
                column="born",
                kind=PiiKind.BIRTH_DATE,
                reason="The header says so.",
                share=1.0,
                action=PiiAction.SURROGATE,
            ),
        ),
    )


def a_dataset(world: World, organisation: OrganisationId, **changes: Any) -> Dataset:
    """A dataset, kept."""
    facts: dict[str, Any] = {
        "id": DatasetId(uuid4()),
        "organisation_id": organisation,
        "project_id": world.projects.default(organisation),
        "name": "Patients – März",
        "role": DatasetRole.SOURCE,
        "created_by": ANN,
        "created_at": NOON,
        "expires_at": NOON + timedelta(days=30),
        "files": (SourceFile(name="a.csv", blob_id=BlobId("f1"), sha256="ab", size=12),),
        "tables": (
            DatasetTable(name="people", blob_id=BlobId("t1"), rows=3, columns=("id", "born")),
        ),
        "notes": ("Read as UTF-8.",),
    }
    dataset = Dataset(**{**facts, **changes})
    world.datasets.add(dataset)
    return dataset


def a_run(world: World, organisation: OrganisationId, **changes: Any) -> TrainingRun:
    """A training run on a dataset of its own, kept."""
    other_rows = a_dataset(world, organisation, role=DatasetRole.HOLDOUT)
    facts: dict[str, Any] = {
        "id": RunId(uuid4()),
        "organisation_id": organisation,
        "dataset_id": a_dataset(world, organisation).id,
        "synthesizer": "autoregressive",
        "settings": {"epochs": 3, "rate": 0.5, "fast": True, "kind": "x"},
        "seed": 2**40,
        "target": "income",
        "holdout": HoldoutSpec(share=0.1, dataset_id=other_rows.id),
        "privacy": PrivacySpec(epsilon=1.5, delta=1e-6, unit="row"),
        "created_by": ANN,
        "created_at": NOON,
    }
    run = TrainingRun(**{**facts, **changes})
    world.runs.add(run)
    return run


def a_synthetic(world: World, organisation: OrganisationId, **changes: Any) -> SyntheticDataset:
    """A synthetic dataset, kept; on a run of its own unless told."""
    run_id = changes.pop("run_id", None) or a_run(world, organisation).id
    facts: dict[str, Any] = {
        "id": SyntheticDatasetId(uuid4()),
        "organisation_id": organisation,
        "run_id": run_id,
        "rows": 1000,
        "seed": 7,
        "created_by": ANN,
        "created_at": NOON,
    }
    synthetic = SyntheticDataset(**{**facts, **changes})
    world.synthetics.add(synthetic)
    return synthetic


def an_evaluation(world: World, organisation: OrganisationId, **changes: Any) -> Evaluation:
    """An evaluation, kept; of a synthetic dataset of its own unless told."""
    synthetic_id = changes.pop("synthetic_dataset_id", None)
    facts: dict[str, Any] = {
        "id": EvaluationId(uuid4()),
        "organisation_id": organisation,
        "synthetic_dataset_id": synthetic_id or a_synthetic(world, organisation).id,
        "seed": 1,
        "created_by": ANN,
        "created_at": NOON,
    }
    evaluation = Evaluation(**{**facts, **changes})
    world.evaluations.add(evaluation)
    return evaluation


def a_pack(world: World, organisation: OrganisationId, **changes: Any) -> EvidencePack:
    """A pack, kept; about an evaluation of its own unless told."""
    evaluation = an_evaluation(world, organisation)
    facts: dict[str, Any] = {
        "id": PackId(uuid4()),
        "organisation_id": organisation,
        "synthetic_dataset_id": evaluation.synthetic_dataset_id,
        "evaluation_id": evaluation.id,
        "created_by": ANN,
        "created_at": NOON,
    }
    pack = EvidencePack(**{**facts, **changes})
    world.packs.add(pack)
    return pack


def a_job(world: World, organisation: OrganisationId, **changes: Any) -> Job:
    """A job, kept (and so queued)."""
    facts: dict[str, Any] = {
        "id": JobId(uuid4()),
        "organisation_id": organisation,
        "kind": JobKind.FIT,
        "subject_id": uuid4(),
        "requested_by": ANN,
        "created_at": NOON,
    }
    job = Job(**{**facts, **changes})
    world.jobs.add(job)
    return job
