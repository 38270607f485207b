"""Promises of ``Projects``."""

from uuid import uuid4

import pytest

from domain.kernel import Conflict, NotFound, OrganisationId, ProjectId
from tests.contracts.worlds import World


def test_the_first_ask_for_the_default_creates_it_and_later_ones_find_it(
    world: World, organisation: OrganisationId
) -> None:
    first = world.projects.default(organisation)
    assert world.projects.default(organisation) == first
    world.projects.require(organisation, first)
    with pytest.raises(Conflict, match="Default"):
        world.projects.add(organisation, ProjectId(uuid4()), "Default")


def test_the_default_is_the_first_project_whatever_its_name(
    world: World, organisation: OrganisationId
) -> None:
    oldest = ProjectId(uuid4())
    world.projects.add(organisation, oldest, "Trials")
    world.projects.add(organisation, ProjectId(uuid4()), "Billing")
    assert world.projects.default(organisation) == oldest


def test_a_name_is_taken_once_in_an_organisation_but_free_in_another(
    world: World, organisation: OrganisationId
) -> None:
    world.projects.add(organisation, ProjectId(uuid4()), "Trials")
    with pytest.raises(Conflict, match="Trials"):
        world.projects.add(organisation, ProjectId(uuid4()), "Trials")
    world.projects.add(world.organisation(), ProjectId(uuid4()), "Trials")


def test_another_organisations_project_does_not_exist(
    world: World, organisation: OrganisationId
) -> None:
    project = world.projects.default(organisation)
    with pytest.raises(NotFound):
        world.projects.require(world.organisation(), project)
