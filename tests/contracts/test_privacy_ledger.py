"""Promises of ``PrivacyLedger``."""

from uuid import uuid4

import pytest

from domain.kernel import NotFound, OrganisationId, PopulationId
from domain.privacy.budget import Population
from tests.contracts.builders import a_dataset
from tests.contracts.worlds import World


def test_a_datasets_population_is_found_by_its_organisation_only(
    world: World, organisation: OrganisationId
) -> None:
    dataset = a_dataset(world, organisation)
    population = Population(
        id=PopulationId(uuid4()),
        organisation_id=organisation,
        dataset_id=dataset.id,
        unit="patient",
        delta=3.2e-7,
    )
    world.ledger.open_population(population)
    assert world.ledger.population_of(organisation, dataset.id) == population
    with pytest.raises(NotFound):
        world.ledger.population_of(world.organisation(), dataset.id)


def test_a_dataset_without_a_population_is_said_so(
    world: World, organisation: OrganisationId
) -> None:
    with pytest.raises(NotFound):
        world.ledger.population_of(organisation, a_dataset(world, organisation).id)
