"""The privacy ledger in memory."""

from __future__ import annotations

from domain.kernel import DatasetId, NotFound, OrganisationId
from domain.privacy.budget import Population


class MemoryPrivacyLedger:
    """Keeps the promises of :class:`domain.ports.PrivacyLedger`."""

    def __init__(self) -> None:
        self._populations: dict[tuple[OrganisationId, DatasetId], Population] = {}

    def open_population(self, population: Population) -> None:
        self._populations[population.organisation_id, population.dataset_id] = population

    def population_of(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> Population:
        try:
            return self._populations[organisation_id, dataset_id]
        except KeyError:
            raise NotFound("There is no such population here.") from None
