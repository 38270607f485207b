"""Promises of ``PrivacyLedger``."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.kernel import (
    Actor,
    BadInput,
    BlobId,
    BudgetExceeded,
    Conflict,
    NotFound,
    OrganisationId,
    PopulationId,
    Role,
    utc_now,
)
from domain.privacy.budget import Amount, Population
from domain.privacy.ledger import EntryState, Kinship, LedgerEntry, SpendKind
from domain.usecases.spend_privacy import SpendPrivacy
from tests.contracts.builders import ANN, NOON, a_dataset
from tests.contracts.worlds import World, orm_world

AtOnce = Callable[[World, Callable[[int], Any], int], list[Any]]
BUDGET = Amount(epsilon=10.0, delta=1e-4)


def a_population(world: World, organisation: OrganisationId, **changes: Any) -> Population:
    dataset = a_dataset(world, organisation)
    facts: dict[str, Any] = {
        "id": PopulationId(uuid4()),
        "organisation_id": organisation,
        "dataset_id": dataset.id,
        "unit": "patient",
        "name": dataset.name,
        "budget": BUDGET,
    }
    population = Population(**{**facts, **changes})
    world.ledger.open_population(population)
    return population


def a_line(population: Population, **changes: Any) -> LedgerEntry:
    facts: dict[str, Any] = {
        "organisation_id": population.organisation_id,
        "dataset_id": population.dataset_id,
        "kind": SpendKind.TRAINING,
        "subject_id": uuid4(),
        "state": EntryState.RESERVED,
        "epsilon": 1.0,
        "delta": 1e-6,
        "unit": "patient",
        "by": ANN,
        "at": NOON,
        "void": True,
        "note": "because",
    }
    return LedgerEntry(**{**facts, **changes})


def test_a_datasets_population_is_found_by_its_organisation_only(
    world: World, organisation: OrganisationId
) -> None:
    population = a_population(world, organisation)
    assert world.ledger.population_of(organisation, population.dataset_id) == population
    with pytest.raises(NotFound):
        world.ledger.population_of(world.organisation(), population.dataset_id)


def test_a_dataset_without_a_population_is_said_so(
    world: World, organisation: OrganisationId
) -> None:
    with pytest.raises(NotFound):
        world.ledger.population_of(organisation, a_dataset(world, organisation).id)


def test_lines_come_back_as_they_were_entered(world: World, organisation: OrganisationId) -> None:
    population = a_population(world, organisation)
    reserved = a_line(population)
    opened = replace(reserved, state=EntryState.OPENED, at=NOON + timedelta(seconds=1))
    assert world.ledger.enter(reserved).entries == (reserved,)
    assert world.ledger.enter(opened).entries == (reserved, opened)
    assert world.ledger.account(organisation, population.dataset_id).population == population
    assert world.ledger.last(organisation, reserved.subject_id) == opened
    assert world.ledger.last(world.organisation(), reserved.subject_id) is None
    assert world.ledger.last(organisation, uuid4()) is None


def test_a_line_that_does_not_follow_is_refused_and_not_kept(
    world: World, organisation: OrganisationId
) -> None:
    population = a_population(world, organisation)
    line = a_line(population)
    with pytest.raises(Conflict):
        world.ledger.enter(replace(line, state=EntryState.OPENED))
    world.ledger.enter(line)
    with pytest.raises(Conflict):
        world.ledger.enter(line)
    assert world.ledger.account(organisation, population.dataset_id).entries == (line,)


def test_more_than_the_budget_is_refused_and_not_kept(
    world: World, organisation: OrganisationId
) -> None:
    population = a_population(world, organisation)
    with pytest.raises(BudgetExceeded):
        world.ledger.enter(a_line(population, epsilon=10.5))
    assert world.ledger.account(organisation, population.dataset_id).entries == ()


def test_two_workers_can_never_both_take_the_last_of_it(
    live_world: World, organisation: OrganisationId, at_once: AtOnce
) -> None:
    population = a_population(live_world, organisation)

    def reserve(number: int) -> bool:
        try:
            live_world.ledger.enter(a_line(population, epsilon=3.0))
        except BudgetExceeded:
            return False
        return True

    assert sum(at_once(live_world, reserve, 8)) == 3
    account = live_world.ledger.account(organisation, population.dataset_id)
    assert account.reserved.epsilon == 9.0


def test_kin_cannot_take_the_last_of_it_between_them_either(
    live_world: World, organisation: OrganisationId, at_once: AtOnce
) -> None:
    march, april = (a_population(live_world, organisation) for _ in range(2))
    live_world.ledger.relate(organisation, march.dataset_id, [kinship(april)])

    def reserve(number: int) -> bool:
        try:
            live_world.ledger.enter(a_line((march, april)[number % 2], epsilon=4.0))
        except BudgetExceeded:
            return False
        return True

    assert sum(at_once(live_world, reserve, 8)) == 2
    account = live_world.ledger.account(organisation, march.dataset_id)
    assert account.reserved.epsilon == 8.0


def test_a_run_that_is_opened_by_two_workers_at_once_is_charged_once(
    live_world: World, organisation: OrganisationId, at_once: AtOnce
) -> None:
    population = a_population(live_world, organisation)
    line = a_line(population, epsilon=6.0)
    live_world.ledger.enter(line)

    def open_it(number: int) -> bool:
        try:
            live_world.ledger.enter(replace(line, state=EntryState.OPENED))
        except Conflict:
            return False
        return True

    assert sum(at_once(live_world, open_it, 4)) == 1
    assert live_world.ledger.account(organisation, population.dataset_id).spent.epsilon == 6.0


@pytest.mark.django_db(transaction=True)
def test_runs_that_are_asked_for_at_once_wait_for_each_other_and_for_the_log(
    at_once: AtOnce,
) -> None:
    world = orm_world()
    organisation = world.organisation()
    population = a_population(world, organisation)
    spending = SpendPrivacy(
        ledger=world.ledger, jobs=world.jobs, audit=world.audit, atomic=world.atomic, clock=utc_now
    )

    def whole_run(number: int) -> bool:
        subject = uuid4()
        try:
            spending.reserve(
                Actor(user_id=ANN, organisation_id=organisation, role=Role.MEMBER),
                dataset_id=population.dataset_id,
                kind=SpendKind.TUNING,
                subject_id=subject,
                epsilon=3.0,
                delta=1e-6,
            )
        except BudgetExceeded:
            return False
        spending.open(organisation, subject)
        spending.settle(organisation, subject, epsilon=3.0, delta=1e-6, note="")
        return True

    assert sum(at_once(world, whole_run, 6)) == 3
    assert world.ledger.account(organisation, population.dataset_id).spent.epsilon == 9.0
    assert len(world.audit.entries()) == 9


def kinship(population: Population, **changes: Any) -> Kinship:
    facts = {"dataset_id": population.dataset_id, "holds_all": True, "all_held": False}
    return Kinship(**{**facts, **changes})


def test_kin_know_of_each_other_and_count_once_they_spend(
    world: World, organisation: OrganisationId
) -> None:
    march, april = (a_population(world, organisation) for _ in range(2))
    world.ledger.relate(organisation, march.dataset_id, [kinship(april)])
    assert world.ledger.account(organisation, march.dataset_id).kin == ()
    line = a_line(april)
    world.ledger.enter(line)
    world.ledger.enter(a_line(march))
    (kin,) = world.ledger.account(organisation, march.dataset_id).kin
    assert (kin.population, kin.entries, kin.holds_all) == (april, (line,), True)
    (kin,) = world.ledger.account(organisation, april.dataset_id).kin
    assert (kin.population, kin.holds_all) == (march, False)


def test_kin_that_were_related_again_are_kin_once(
    world: World, organisation: OrganisationId
) -> None:
    march, april = (a_population(world, organisation) for _ in range(2))
    world.ledger.enter(a_line(april))
    world.ledger.relate(organisation, march.dataset_id, [kinship(april)])
    world.ledger.relate(organisation, march.dataset_id, [kinship(april, holds_all=False)])
    (kin,) = world.ledger.account(organisation, march.dataset_id).kin
    assert not kin.holds_all


def test_nobody_is_kin_across_organisations(world: World, organisation: OrganisationId) -> None:
    ours, theirs = (a_population(world, o) for o in (organisation, world.organisation()))
    with pytest.raises(NotFound):
        world.ledger.relate(organisation, ours.dataset_id, [kinship(theirs)])


def test_a_decided_budget_is_kept_and_said_to_be_decided(
    world: World, organisation: OrganisationId
) -> None:
    population = a_population(world, organisation)
    more = Amount(epsilon=20.0, delta=1e-3)
    assert world.ledger.decide(organisation, population.dataset_id, more).budget == BUDGET
    kept = world.ledger.population_of(organisation, population.dataset_id)
    assert (kept.budget, kept.decided) == (more, True)


def test_no_budget_is_decided_below_what_is_spent(
    world: World, organisation: OrganisationId
) -> None:
    population = a_population(world, organisation)
    world.ledger.enter(a_line(population, epsilon=5.0))
    with pytest.raises(BadInput, match="at least 5"):
        world.ledger.decide(organisation, population.dataset_id, Amount(epsilon=4.0, delta=1e-4))
    assert not world.ledger.population_of(organisation, population.dataset_id).decided


def test_populations_are_told_once_they_are_known_or_spend(
    world: World, organisation: OrganisationId
) -> None:
    known, spending, _ = (a_population(world, organisation) for _ in range(3))
    assert world.ledger.recognise(organisation, known.dataset_id, BlobId("people"), None)
    world.ledger.enter(a_line(spending))
    told = world.ledger.populations(organisation)
    assert {p.id for p in told} == {known.id, spending.id}
    assert {p.people_blob for p in told} == {"people", None}
    assert world.ledger.recognise(organisation, known.dataset_id, None, BlobId("people"))
    assert [p.id for p in world.ledger.populations(organisation)] == [spending.id]


def test_datasets_of_private_questions_are_told_whatever_became_of_them(
    world: World, organisation: OrganisationId
) -> None:
    asked, known = (a_population(world, organisation) for _ in range(2))
    line = a_line(asked)
    for state in (EntryState.RESERVED, EntryState.RELEASED):
        world.ledger.enter(replace(line, state=state))
    assert world.ledger.recognise(organisation, known.dataset_id, BlobId("people"), None)
    assert world.ledger.private_datasets(organisation) == {asked.dataset_id}
    assert world.ledger.private_datasets(world.organisation()) == frozenset()


def test_who_knows_the_people_of_yesterday_does_not_overwrite_those_of_today(
    world: World, organisation: OrganisationId
) -> None:
    population = a_population(world, organisation)
    assert world.ledger.recognise(organisation, population.dataset_id, BlobId("first"), None)
    assert not world.ledger.recognise(organisation, population.dataset_id, BlobId("late"), None)
    kept = world.ledger.population_of(organisation, population.dataset_id)
    assert kept.people_blob == "first"
