"""The frozen lines that pages are made of: what is shown, nothing that decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.datasets.confirmation import Confirmation
from domain.datasets.entities import Dataset, Metadata
from domain.jobs import Job, JobState
from domain.synthesis.runs import SyntheticDataset, TrainingRun


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectLine:
    """A project in the list of projects."""

    id: UUID
    name: str
    created_at: datetime
    datasets: int
    latest_upload: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetLine:
    """A dataset in the list of a project."""

    id: UUID
    name: str
    role: str
    rows: int
    tables: int
    created_by: str
    created_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None
    confirmation: Confirmation
    """Who looked, once ``confirmed_at`` is set."""
    profile_state: str | None
    """State of the newest profile job."""
    runs: int
    private: bool
    """Whether a run of it trains under differential privacy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """A training run in the list of a dataset, with the state of its fit."""

    id: UUID
    synthesizer: str
    seed: int
    created_by: str
    created_at: datetime
    fit_state: str | None
    rows_trained: int | None
    synthetics: int
    private: bool
    """Whether it trains under differential privacy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetPage:
    """Everything on a dataset's page."""

    dataset: Dataset
    project: str
    profile_job: Job | None
    runs: tuple[RunLine, ...]

    @property
    def private(self) -> bool:
        """Whether hashes and counts of its rows are for those who may see the rows."""
        return any(run.private for run in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinLine:
    """Synthetic rows that were released under differential privacy."""

    id: UUID
    dataset: str
    epsilon: float
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLine:
    """Synthetic rows that wait for a second person's word."""

    run_id: UUID
    dataset: str
    made_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationLine:
    """One evaluation of a synthetic dataset."""

    id: UUID
    created_at: datetime
    measured: bool
    verdict: str
    headline: dict[str, float | None]
    job: Job | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackLine:
    """One evidence pack."""

    id: UUID
    created_at: datetime
    created_by: str
    size: int
    sha256: str
    built: bool
    dataset: str
    synthesizer: str
    run_id: UUID
    frameworks: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    job: Job | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleBlock:
    """One synthetic dataset of a run, with what was made of it."""

    synthetic: SyntheticDataset
    job: Job | None
    evaluations: tuple[EvaluationLine, ...]
    packs: tuple[PackLine, ...]

    @property
    def wants_evaluation(self) -> bool:
        """Whether rows are there and no evaluation is, nor is one on its way."""
        return self._is_drawn and not any(
            e.measured or _on_its_way(e.job) for e in self.evaluations
        )

    @property
    def can_be_evaluated(self) -> bool:
        """Whether rows are there and no evaluation is on its way."""
        return self._is_drawn and not any(_on_its_way(e.job) for e in self.evaluations)

    @property
    def wants_pack(self) -> bool:
        """Whether rows are there and no pack is, nor is one on its way."""
        return (
            self._is_drawn
            and self.synthetic.csv
            and not any(p.built or _on_its_way(p.job) for p in self.packs)
        )

    @property
    def settled(self) -> bool:
        """Whether there is a twin that may be released, and nothing about it is on its way."""
        return self._is_drawn and not self._under_way

    @property
    def in_progress(self) -> bool:
        """Whether there is a twin, and something about it is on its way."""
        return self._is_drawn and self._under_way

    @property
    def _under_way(self) -> bool:
        jobs = [*(e.job for e in self.evaluations), *(p.job for p in self.packs)]
        return any(map(_on_its_way, jobs))

    @property
    def packed(self) -> bool:
        """Whether a pack is there."""
        return any(pack.built for pack in self.packs)

    @property
    def _is_drawn(self) -> bool:
        """Whether there is a twin to judge: completed rows are none."""
        return bool(self.synthetic.tables) and not self.synthetic.completed


def _lacks_rows(block: SampleBlock) -> bool:
    """Whether drawing ended without rows; completed ones may have been shredded since."""
    succeeded = block.job is not None and block.job.state is JobState.SUCCEEDED
    return not block.synthetic.tables and not (block.synthetic.completed and succeeded)


def _on_its_way(job: Job | None) -> bool:
    return job is not None and not job.state.ended


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """Everything on a run's page."""

    run: TrainingRun
    dataset: str
    metadata: Metadata | None
    dataset_deleted: bool
    project_id: UUID
    project: str
    fit_job: Job | None
    samples: tuple[SampleBlock, ...]

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Every job of the run, in the order in which they depend on each other."""
        found = [self.fit_job]
        for block in self.samples:
            found += [block.job]
            found += [line.job for line in block.evaluations]
            found += [line.job for line in block.packs]
        return tuple(job for job in found if job is not None)

    @property
    def drawn(self) -> bool:
        """Whether there are rows to download."""
        return any(block.synthetic.tables for block in self.samples)

    @property
    def unfinished(self) -> tuple[str, ...]:
        """What was asked for, ended, and is not there, in words for a sentence."""
        lacking = {
            "other rows": any(_lacks_rows(block) for block in self.samples),
            "the evaluation": any(b.evaluations and b.wants_evaluation for b in self.samples),
            "the evidence pack": any(b.packs and b.wants_pack for b in self.samples),
        }
        return tuple(words for words, yes in lacking.items() if yes)

    @property
    def evaluated(self) -> bool:
        """Whether every synthetic dataset has an evaluation to read."""
        twins = [block for block in self.samples if not block.synthetic.completed]
        return all(any(e.measured for e in block.evaluations) for block in twins)

    @property
    def model_shredded(self) -> bool:
        """Whether what was learned is gone, as after its dataset was deleted."""
        learned = self.fit_job is not None and self.fit_job.state is JobState.SUCCEEDED
        return learned and self.run.artifact_blob is None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationHeader:
    """What stands above an evaluation's report."""

    id: UUID
    created_at: datetime
    run_id: UUID
    synthesizer: str
    seed: int
    rows: int
    target: str
    dataset_link: UUID | None
    """The dataset, unless it was deleted."""
    dataset: str
    project_id: UUID
    project: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """An API key, without its secret."""

    id: UUID
    name: str
    owner: str
    prefix: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One entry of the audit log."""

    index: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, Any]
