"""Rows to entities and back, one pair a kind."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from adapters.orm.models import (
    ApprovalRow,
    AuditEntryRow,
    DatasetRow,
    EvaluationRow,
    EvidencePackRow,
    JobRow,
    PopulationRow,
    PrivacySpendRow,
    PrivacyTuningRow,
    SyntheticDatasetRow,
    TrainingRunRow,
)
from domain.compliance.approvals import Approval
from domain.compliance.audit import AuditEntry
from domain.compliance.evidence import EvidencePack
from domain.datasets.confirmation import Confirmation
from domain.datasets.entities import (
    Dataset,
    DatasetRole,
    DatasetTable,
    Metadata,
    SequenceKeys,
    SourceFile,
)
from domain.evaluation.privacy_tuning import PrivacyTuning, TuningWish
from domain.evaluation.report import Evaluation, Verdict
from domain.evaluation.spec import EvaluationSpec
from domain.evaluation.tuning_log import TuningLog
from domain.jobs import Job, JobKind, JobState
from domain.kernel import (
    ApprovalId,
    BlobId,
    DatasetId,
    EvaluationId,
    JobId,
    OrganisationId,
    PackId,
    PopulationId,
    ProjectId,
    RunId,
    SyntheticDatasetId,
    TuningId,
    UserId,
)
from domain.privacy.budget import Amount, Population, PrivacySpec, PrivacyStatement
from domain.privacy.ledger import EntryState, LedgerEntry, SpendKind
from domain.synthesis.conditions import SampleSpec
from domain.synthesis.runs import HoldoutSpec, SyntheticDataset, SyntheticTable, TrainingRun

_HASH_BYTES = 32


def blob_or_none(text: str) -> BlobId | None:
    """A blob's id, which a row keeps as empty text while there is none."""
    return BlobId(text) if text else None


def dataset_columns(dataset: Dataset) -> dict[str, Any]:
    """The row's columns."""
    return {
        "id": dataset.id,
        "organisation_id": dataset.organisation_id,
        "project_id": dataset.project_id,
        "name": dataset.name,
        "role": dataset.role,
        "created_by": dataset.created_by,
        "created_at": dataset.created_at,
        "expires_at": dataset.expires_at,
        "files": [asdict(f) for f in dataset.files],
        "tables": [asdict(t) for t in dataset.tables],
        "notes": list(dataset.notes),
        "metadata": dataset.metadata.to_document() if dataset.metadata else None,
        "profile_blob": dataset.profile_blob or "",
        "confirmed_by": dataset.confirmed_by or "",
        "confirmed_at": dataset.confirmed_at,
        "confirmation": dataset.confirmation if dataset.confirmed_at else "",
        "deleted_at": dataset.deleted_at,
    }


def dataset_entity(row: DatasetRow) -> Dataset:
    """The entity."""
    return Dataset(
        id=DatasetId(row.id),
        organisation_id=OrganisationId(row.organisation_id),
        project_id=ProjectId(row.project_id),
        name=row.name,
        role=DatasetRole(row.role),
        created_by=UserId(row.created_by),
        created_at=row.created_at,
        expires_at=row.expires_at,
        files=tuple(SourceFile(**f) for f in row.files),
        tables=tuple(DatasetTable(**{**t, "columns": tuple(t["columns"])}) for t in row.tables),
        notes=tuple(row.notes),
        metadata=Metadata.from_document(row.metadata) if row.metadata else None,
        profile_blob=blob_or_none(row.profile_blob),
        confirmed_by=UserId(row.confirmed_by) if row.confirmed_by else None,
        confirmed_at=row.confirmed_at,
        confirmation=Confirmation(row.confirmation or Confirmation.UNSEEN),
        deleted_at=row.deleted_at,
    )


def run_columns(run: TrainingRun) -> dict[str, Any]:
    """The row's columns."""
    return {
        "id": run.id,
        "organisation_id": run.organisation_id,
        "dataset_id": run.dataset_id,
        "synthesizer": run.synthesizer,
        "settings": dict(run.settings),
        "seed": run.seed,
        "target": run.target or "",
        "holdout_share": run.holdout.share,
        "holdout_dataset_id": run.holdout.dataset_id,
        "privacy": run.privacy.to_document() if run.privacy else None,
        "created_by": run.created_by,
        "created_at": run.created_at,
        "sequences": {name: asdict(keys) for name, keys in run.sequences.items()},
        "artifact_blob": run.artifact_blob or "",
        "artifact_sha256": run.artifact_sha256,
        "statement": run.statement.to_document() if run.statement else None,
        "rows_trained": run.rows_trained,
        "rows_held_out": run.rows_held_out,
        "fit_seconds": run.fit_seconds,
        "notes": list(run.notes),
        "curves": dict(run.curves),
        "versions": dict(run.versions),
    }


def run_entity(row: TrainingRunRow) -> TrainingRun:
    """The entity."""
    held_out = row.holdout_dataset_id
    return TrainingRun(
        id=RunId(row.id),
        organisation_id=OrganisationId(row.organisation_id),
        dataset_id=DatasetId(row.dataset_id),
        synthesizer=row.synthesizer,
        settings=row.settings,
        seed=row.seed,
        target=row.target or None,
        holdout=HoldoutSpec(
            share=row.holdout_share, dataset_id=DatasetId(held_out) if held_out else None
        ),
        privacy=PrivacySpec.from_document(row.privacy) if row.privacy else None,
        created_by=UserId(row.created_by),
        created_at=row.created_at,
        sequences={name: SequenceKeys(**keys) for name, keys in row.sequences.items()},
        artifact_blob=blob_or_none(row.artifact_blob),
        artifact_sha256=row.artifact_sha256,
        statement=PrivacyStatement.from_document(row.statement) if row.statement else None,
        rows_trained=row.rows_trained,
        rows_held_out=row.rows_held_out,
        fit_seconds=row.fit_seconds,
        notes=tuple(row.notes),
        curves={table: tuple(losses) for table, losses in row.curves.items()},
        versions=row.versions,
    )


def synthetic_columns(synthetic: SyntheticDataset) -> dict[str, Any]:
    """The row's columns."""
    return {
        **asdict(synthetic),
        "spec": synthetic.spec.to_document(),
        "given_blob": synthetic.given_blob or "",
        "tables": [asdict(t) for t in synthetic.tables],
    }


def synthetic_entity(row: SyntheticDatasetRow) -> SyntheticDataset:
    """The entity."""
    return SyntheticDataset(
        id=SyntheticDatasetId(row.id),
        organisation_id=OrganisationId(row.organisation_id),
        run_id=RunId(row.run_id),
        rows=row.rows,
        seed=row.seed,
        created_by=UserId(row.created_by),
        created_at=row.created_at,
        spec=SampleSpec.from_document(row.spec),
        given_blob=blob_or_none(row.given_blob),
        csv=row.csv,
        tables=tuple(SyntheticTable(**t) for t in row.tables),
        sample_seconds=row.sample_seconds,
    )


def tuning_columns(tuning: PrivacyTuning) -> dict[str, Any]:
    """The row's columns."""
    return {
        "id": tuning.id,
        "organisation_id": tuning.organisation_id,
        "dataset_id": tuning.dataset_id,
        "wish": tuning.wish.to_document(),
        "created_by": tuning.created_by,
        "created_at": tuning.created_at,
        "log": tuning.log.to_document() if tuning.log else None,
        "seconds": tuning.seconds,
    }


def tuning_entity(row: PrivacyTuningRow) -> PrivacyTuning:
    """The entity."""
    return PrivacyTuning(
        id=TuningId(row.id),
        organisation_id=OrganisationId(row.organisation_id),
        dataset_id=DatasetId(row.dataset_id),
        wish=TuningWish.from_document(row.wish),
        created_by=UserId(row.created_by),
        created_at=row.created_at,
        log=TuningLog.from_document(row.log) if row.log else None,
        seconds=row.seconds,
    )


def evaluation_columns(evaluation: Evaluation) -> dict[str, Any]:
    """The row's columns."""
    headline = evaluation.headline
    return {
        **asdict(evaluation),
        "asked": evaluation.asked.to_document(),
        "report_blob": evaluation.report_blob or "",
        "verdict": evaluation.verdict or "",
        "headline": None if headline is None else dict(headline),
    }


def evaluation_entity(row: EvaluationRow) -> Evaluation:
    """The entity."""
    return Evaluation(
        id=EvaluationId(row.id),
        organisation_id=OrganisationId(row.organisation_id),
        synthetic_dataset_id=SyntheticDatasetId(row.synthetic_dataset_id),
        seed=row.seed,
        created_by=UserId(row.created_by),
        created_at=row.created_at,
        asked=EvaluationSpec.from_document(row.asked),
        report_blob=blob_or_none(row.report_blob),
        verdict=Verdict(row.verdict) if row.verdict else None,
        headline=row.headline,
        seconds=row.seconds,
    )


def pack_columns(pack: EvidencePack) -> dict[str, Any]:
    """The row's columns."""
    columns = {**asdict(pack), "blob_id": pack.blob_id or ""}
    return {**columns, "frameworks": list(pack.frameworks), "formats": list(pack.formats)}


def pack_entity(row: EvidencePackRow) -> EvidencePack:
    """The entity."""
    evaluation = row.evaluation_id
    return EvidencePack(
        id=PackId(row.id),
        organisation_id=OrganisationId(row.organisation_id),
        synthetic_dataset_id=SyntheticDatasetId(row.synthetic_dataset_id),
        evaluation_id=EvaluationId(evaluation) if evaluation else None,
        created_by=UserId(row.created_by),
        created_at=row.created_at,
        frameworks=tuple(row.frameworks),
        formats=tuple(row.formats),
        blob_id=blob_or_none(row.blob_id),
        sha256=row.sha256,
        size=row.size,
        template_version=row.template_version,
        audit_size=row.audit_size,
        audit_root=row.audit_root,
        seconds=row.seconds,
    )


def approval_columns(approval: Approval) -> dict[str, Any]:
    """The row's columns."""
    return {
        **asdict(approval),
        "overridden": list(approval.overridden),
        "gates": [list(gate) for gate in approval.gates],
    }


def approval_entity(row: ApprovalRow) -> Approval:
    """The entity."""
    evaluation = row.evaluation_id
    return Approval(
        id=ApprovalId(row.id),
        organisation_id=OrganisationId(row.organisation_id),
        synthetic_dataset_id=SyntheticDatasetId(row.synthetic_dataset_id),
        evaluation_id=EvaluationId(evaluation) if evaluation else None,
        by=UserId(row.by),
        at=row.at,
        reason=row.reason,
        overridden=tuple(row.overridden),
        evaluation_sha256=row.evaluation_sha256,
        gates=tuple((name, state) for name, state in row.gates),
    )


def job_columns(job: Job) -> dict[str, Any]:
    """The row's columns."""
    columns = asdict(job)
    columns["after_id"] = columns.pop("after")
    return columns


def job_entity(row: JobRow) -> Job:
    """The entity."""
    return Job(
        id=JobId(row.id),
        organisation_id=OrganisationId(row.organisation_id),
        kind=JobKind(row.kind),
        subject_id=row.subject_id,
        requested_by=UserId(row.requested_by),
        created_at=row.created_at,
        after=JobId(row.after_id) if row.after_id else None,
        state=JobState(row.state),
        done=row.done,
        total=row.total,
        note=row.note,
        seconds_left=row.seconds_left,
        attempt=row.attempt,
        worker=row.worker,
        lease_until=row.lease_until,
        cancel_requested=row.cancel_requested,
        error=row.error,
        cpu_seconds=row.cpu_seconds,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def audit_columns(entry: AuditEntry) -> dict[str, Any]:
    """What the hashes are made of; the store adds the columns to find entries by."""
    return {**asdict(entry), "peaks": b"".join(entry.peaks)}


def audit_entity(row: AuditEntryRow) -> AuditEntry:
    """The entity."""
    peaks = bytes(row.peaks)
    return AuditEntry(
        index=row.index,
        leaf=bytes(row.leaf),
        leaf_hash=bytes(row.leaf_hash),
        peaks=tuple(
            peaks[start : start + _HASH_BYTES] for start in range(0, len(peaks), _HASH_BYTES)
        ),
        root=bytes(row.root),
        signature=bytes(row.signature),
    )


def population_columns(population: Population) -> dict[str, Any]:
    """The row's columns; the name is the dataset's."""
    return {
        "id": population.id,
        "organisation_id": population.organisation_id,
        "dataset_id": population.dataset_id,
        "unit": population.unit,
        "epsilon": population.budget.epsilon,
        "delta": population.budget.delta,
        "decided": population.decided,
        "people_blob": population.people_blob or "",
    }


def population_entity(row: PopulationRow) -> Population:
    """The entity."""
    return Population(
        id=PopulationId(row.id),
        organisation_id=OrganisationId(row.organisation_id),
        dataset_id=DatasetId(row.dataset_id),
        unit=row.unit,
        name=row.dataset.name,
        budget=Amount(epsilon=row.epsilon, delta=row.delta),
        decided=row.decided,
        people_blob=blob_or_none(row.people_blob),
    )


def spend_columns(entry: LedgerEntry) -> dict[str, Any]:
    """The row's columns, beside its population."""
    columns = asdict(entry)
    del columns["dataset_id"]
    columns["recorded_at"] = columns.pop("at")
    return columns


def spend_entity(row: PrivacySpendRow) -> LedgerEntry:
    """The entity."""
    return LedgerEntry(
        organisation_id=OrganisationId(row.organisation_id),
        dataset_id=DatasetId(row.population.dataset_id),
        kind=SpendKind(row.kind),
        subject_id=row.subject_id,
        state=EntryState(row.state),
        epsilon=row.epsilon,
        delta=row.delta,
        unit=row.unit,
        by=UserId(row.by),
        at=row.recorded_at,
        void=row.void,
        note=row.note,
    )
