"""Searches for ε in memory."""

from __future__ import annotations

from typing import cast

from adapters.memory.shelf import Shelf
from domain.evaluation.privacy_tuning import PrivacyTuning
from domain.evaluation.tuning_log import TuningLog
from domain.kernel import DatasetId, OrganisationId, TuningId


class MemoryPrivacyTunings:
    """Keeps the promises of :class:`domain.ports.PrivacyTunings`."""

    def __init__(self) -> None:
        self._tunings: Shelf[PrivacyTuning] = Shelf()

    def add(self, tuning: PrivacyTuning) -> None:
        self._tunings.put(tuning)

    def get(self, organisation_id: OrganisationId, tuning_id: TuningId) -> PrivacyTuning:
        return cast(PrivacyTuning, self._tunings.take(organisation_id, tuning_id, "search"))

    def of_dataset(
        self, organisation_id: OrganisationId, dataset_id: DatasetId
    ) -> tuple[PrivacyTuning, ...]:
        mine = [
            t
            for t in self._tunings.values()
            if t.organisation_id == organisation_id and t.dataset_id == dataset_id
        ]
        return tuple(sorted(mine, key=lambda t: t.created_at, reverse=True))

    def done(
        self,
        organisation_id: OrganisationId,
        tuning_id: TuningId,
        *,
        log: TuningLog,
        seconds: float,
    ) -> None:
        self._tunings.change(self.get(organisation_id, tuning_id), log=log, seconds=seconds)
