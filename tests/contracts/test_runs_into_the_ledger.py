"""What the migration enters about private runs from before the ledger."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps

from adapters.orm.models import TrainingRunRow
from domain.jobs import JobState
from domain.kernel import DatasetId, OrganisationId, PopulationId
from domain.privacy.budget import Amount, Population, PrivacySpec, PrivacyStatement
from domain.privacy.ledger import EntryState
from tests.contracts.builders import a_dataset, a_job, a_run
from tests.contracts.worlds import World, orm_world

pytestmark = pytest.mark.django_db
migration = import_module("adapters.orm.migrations.0010_runs_into_the_ledger")
RESERVED, OPENED, SETTLED = EntryState.RESERVED, EntryState.OPENED, EntryState.SETTLED
PROVED = PrivacyStatement(epsilon=1.4, delta=1e-6, unit="row", accountant="RDP")


def entered(state: JobState, attempt: int, **run: Any) -> list[tuple[EntryState, float]]:
    """The lines about a run whose job stands so."""
    world = orm_world()
    organisation = world.organisation()
    dataset_id = _dataset(world, organisation)
    made = a_run(world, organisation, dataset_id=dataset_id, **run)
    a_job(world, organisation, subject_id=made.id)
    jobs = apps.get_model("studio", "JobRow").objects.filter(subject_id=made.id)
    jobs.update(state=state, attempt=attempt)
    migration.enter_runs(apps, None)
    entries = world.ledger.account(organisation, dataset_id).entries
    return [(e.state, e.epsilon) for e in entries]


def _dataset(world: World, organisation: OrganisationId) -> DatasetId:
    dataset = a_dataset(world, organisation)
    world.ledger.open_population(
        Population(
            id=PopulationId(uuid4()),
            organisation_id=organisation,
            dataset_id=dataset.id,
            unit="row",
            name=dataset.name,
            budget=Amount(epsilon=10.0, delta=1e-6),
        )
    )
    return dataset.id


def test_a_finished_run_is_charged_what_was_proved() -> None:
    lines = entered(JobState.SUCCEEDED, 1, statement=PROVED)
    assert lines == [(RESERVED, 1.5), (OPENED, 1.5), (SETTLED, 1.4)]


def test_a_run_that_failed_after_it_began_is_charged_whole() -> None:
    assert entered(JobState.FAILED, 2) == [(RESERVED, 1.5), (OPENED, 1.5), (SETTLED, 1.5)]


def test_a_run_that_is_being_fitted_is_charged_and_can_still_be_settled() -> None:
    assert entered(JobState.RUNNING, 1) == [(RESERVED, 1.5), (OPENED, 1.5)]


def test_a_run_that_waits_is_reserved() -> None:
    assert entered(JobState.QUEUED, 0) == [(RESERVED, 1.5)]


def test_a_run_that_was_cancelled_before_it_began_costs_nothing() -> None:
    assert entered(JobState.CANCELLED, 0) == []


def test_a_run_without_privacy_is_not_entered() -> None:
    assert entered(JobState.SUCCEEDED, 1, privacy=None) == []


def test_populations_get_the_delta_of_the_instance() -> None:
    entered(JobState.QUEUED, 0, privacy=PrivacySpec(epsilon=1.0, delta=1e-6))
    rows = apps.get_model("studio", "PopulationRow").objects.all()
    assert {row.delta for row in rows} == {1e-4}
    assert TrainingRunRow.objects.count() == 1
