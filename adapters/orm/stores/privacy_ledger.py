"""The privacy ledger in rows."""

from __future__ import annotations

from adapters.orm.mappers import population_columns, population_entity
from adapters.orm.models import PopulationRow
from adapters.orm.stores.tenancy import the_one
from domain.kernel import DatasetId, OrganisationId
from domain.privacy.budget import Population


class OrmPrivacyLedger:
    """Keeps the promises of :class:`domain.ports.PrivacyLedger`."""

    def open_population(self, population: Population) -> None:
        PopulationRow.objects.create(**population_columns(population))

    def population_of(self, organisation_id: OrganisationId, dataset_id: DatasetId) -> Population:
        rows = PopulationRow.objects.filter(organisation_id=organisation_id, dataset_id=dataset_id)
        return population_entity(the_one(rows, "population"))
