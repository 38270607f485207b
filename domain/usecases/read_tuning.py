"""Look at a search for ε."""

from __future__ import annotations

from dataclasses import dataclass

from domain.evaluation.privacy_tuning import PrivacyTuning
from domain.jobs import Job, JobKind
from domain.kernel import Actor, DatasetId, Permission, TuningId
from domain.ports import Datasets, Jobs
from domain.ports.privacy_tunings import PrivacyTunings


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTuning:
    """One search and the job that does it."""

    tunings: PrivacyTunings
    jobs: Jobs

    def __call__(self, actor: Actor, *, tuning_id: TuningId) -> tuple[PrivacyTuning, Job | None]:
        actor.require(Permission.VIEW)
        tuning = self.tunings.get(actor.organisation_id, tuning_id)
        return tuning, self.jobs.latest(actor.organisation_id, JobKind.TUNE, tuning.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTunings:
    """The searches for a dataset, newest first, each with its job."""

    datasets: Datasets
    tunings: PrivacyTunings
    jobs: Jobs

    def __call__(
        self, actor: Actor, *, dataset_id: DatasetId
    ) -> tuple[tuple[PrivacyTuning, Job | None], ...]:
        actor.require(Permission.VIEW)
        self.datasets.get(actor.organisation_id, dataset_id)
        return tuple(
            (tuning, self.jobs.latest(actor.organisation_id, JobKind.TUNE, tuning.id))
            for tuning in self.tunings.of_dataset(actor.organisation_id, dataset_id)
        )
