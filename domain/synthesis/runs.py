"""Training runs and the synthetic datasets drawn from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.datasets.entities import SequenceKeys
from domain.kernel import (
    BlobId,
    Conflict,
    DatasetId,
    OrganisationId,
    RunId,
    SyntheticDatasetId,
    UserId,
)
from domain.privacy.budget import PrivacySpec, PrivacyStatement
from domain.synthesis.catalogue import SEQUENCES
from domain.synthesis.conditions import PLAIN, SampleSpec

DEFAULT_HOLDOUT_SHARE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldoutSpec:
    """Which real rows are kept from training to judge the twin against.

    Either ``share`` (0 ≤ share ≤ 0.5) of the dataset is split off, or ``dataset_id`` names a
    dataset of other real rows with the same columns, and nothing is split off.
    """

    share: float = DEFAULT_HOLDOUT_SHARE
    dataset_id: DatasetId | None = None

    @property
    def split_share(self) -> float:
        """The share to split off the training dataset."""
        return 0.0 if self.dataset_id else self.share


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRun:
    """One synthesizer fitted to one dataset with one seed."""

    id: RunId
    organisation_id: OrganisationId
    dataset_id: DatasetId
    synthesizer: str
    settings: Mapping[str, int | float | bool | str]
    """Hyperparameters that differ from the synthesizer's defaults."""
    seed: int
    target: str | None
    """The column that utility is measured on."""
    holdout: HoldoutSpec
    privacy: PrivacySpec | None
    created_by: UserId
    created_at: datetime
    sequences: Mapping[str, SequenceKeys] = field(default_factory=dict)
    """What makes its tables logs of events, by table: as asked for or confirmed at the start."""
    artifact_blob: BlobId | None = None
    """The fitted synthesizer (weights and encoder state), once trained."""
    artifact_sha256: str = ""
    """Of the fitted synthesizer, in hex, kept when it is deleted; empty where none was recorded."""
    statement: PrivacyStatement | None = None
    rows_trained: int | None = None
    rows_held_out: int | None = None
    fit_seconds: float | None = None
    notes: tuple[str, ...] = ()
    """What fitting decided, in words for the model card; quotes no data."""
    curves: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Validation loss before training and after each epoch, by table."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Product and library versions, threads and instruction set of the fit."""

    @property
    def owner(self) -> str | None:
        """The column of entities whose histories it draws: then they are counted, not rows."""
        if self.synthesizer != SEQUENCES:
            return None
        return next((k.entity for k in self.sequences.values() if k.entity is not None), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticTable:
    """One synthetic table as files: Parquet and, unless not wanted, CSV, both encrypted."""

    name: str
    rows: int
    parquet_blob: BlobId
    parquet_sha256: str
    csv_blob: BlobId | None = None
    csv_sha256: str | None = None

    @property
    def blob_ids(self) -> tuple[BlobId, ...]:
        """Every blob of the table."""
        return (self.parquet_blob, *([self.csv_blob] if self.csv_blob else []))


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticDataset:
    """Rows drawn from a training run. Many per run."""

    id: SyntheticDatasetId
    organisation_id: OrganisationId
    run_id: RunId
    rows: int | None
    """Rows asked for in the main table, or entities of a log whose histories are drawn; ``None``
    means as many as the real table has."""
    seed: int
    created_by: UserId
    created_at: datetime
    spec: SampleSpec = PLAIN
    given_blob: BlobId | None = None
    """Partly given rows (encrypted Parquet of text columns) to complete instead of drawing."""
    csv: bool = True
    """Whether CSV is written beside Parquet."""
    tables: tuple[SyntheticTable, ...] = ()
    """Empty until sampled, and again once completed rows were shredded with their dataset."""
    sample_seconds: float | None = None

    @property
    def completed(self) -> bool:
        """Whether these are a person's own rows with the gaps filled, not a twin."""
        return self.given_blob is not None

    def require_twin(self) -> None:
        """Raise :class:`Conflict` for completed rows, which nothing may call a twin."""
        if self.completed:
            raise Conflict(
                "Completed rows hold what you gave, so they are no synthetic twin: they are not "
                "evaluated and get no evidence pack; draw new rows for that."
            )


def blobs_of(synthetics: Sequence[SyntheticDataset]) -> tuple[BlobId, ...]:
    """Every blob that holds something of them: given rows, drawn and completed ones."""
    found = [b for s in synthetics for t in s.tables for b in t.blob_ids]
    return tuple(found + [s.given_blob for s in synthetics if s.given_blob])
