"""Searches for ε, as the use cases need them."""

from __future__ import annotations

from typing import Protocol

from domain.evaluation.privacy_tuning import PrivacyTuning
from domain.evaluation.tuning_log import TuningLog
from domain.kernel import DatasetId, OrganisationId, TuningId


class PrivacyTunings(Protocol):
    """Searches for the ε of a dataset, on rows that are not private."""

    def add(self, tuning: PrivacyTuning) -> None: ...

    def get(self, organisation_id: OrganisationId, tuning_id: TuningId) -> PrivacyTuning: ...

    def of_dataset(
        self, organisation_id: OrganisationId, dataset_id: DatasetId
    ) -> tuple[PrivacyTuning, ...]:
        """All for the dataset, newest first."""
        ...

    def done(
        self,
        organisation_id: OrganisationId,
        tuning_id: TuningId,
        *,
        log: TuningLog,
        seconds: float,
    ) -> None:
        """Keep what was found."""
        ...
