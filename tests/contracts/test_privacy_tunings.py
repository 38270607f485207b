"""Every store of searches for ε keeps the promises of its port."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.evaluation.frontier import Trial
from domain.evaluation.privacy_tuning import PrivacyTuning, TuningWish
from domain.evaluation.tuning_log import TuningLog, TuningSource
from domain.evaluation.utility_goal import Measure, goals_of
from domain.kernel import DatasetId, NotFound, OrganisationId, TuningId, UserId
from domain.privacy.budget import TuningMode
from tests.contracts.builders import NOON, a_dataset
from tests.contracts.worlds import World

WISH = TuningWish(
    goals=("gap<=0.03",),
    proxy_dataset_id=DatasetId(uuid4()),
    source="a survey",
    target="outcome",
    settings={"bins": 12},
    code_book={"source": "a book", "person": "Ada", "columns": {"age": {"low": 0, "high": 99}}},
)
LOG = TuningLog(
    mode=TuningMode.PROXY,
    source=TuningSource(
        name="survey.csv",
        source="a survey",
        person="ada",
        sha256="0" * 64,
        rows_trained=80,
        rows_held_out=20,
    ),
    synthesizer="marginals",
    settings={"bins": 12},
    target="outcome",
    goals=goals_of(["gap<=0.03"]),
    delta=1e-5,
    seeds=(0,),
    split_seed=0,
    epsilons=(1.0,),
    refinements=0,
    trials=(Trial(epsilon=1.0, seed=0, figures={Measure.GAP: 0.02}, seconds=1.5),),
)


def a_tuning(world: World, organisation: OrganisationId, **changes: Any) -> PrivacyTuning:
    usual = {
        "id": TuningId(uuid4()),
        "organisation_id": organisation,
        "dataset_id": changes.pop("dataset_id", None) or a_dataset(world, organisation).id,
        "wish": WISH,
        "created_by": UserId("ada"),
        "created_at": NOON,
    }
    tuning = PrivacyTuning(**usual | changes)
    world.tunings.add(tuning)
    return tuning


def test_a_search_comes_back_as_it_was(world: World, organisation: OrganisationId) -> None:
    tuning = a_tuning(world, organisation)
    assert world.tunings.get(organisation, tuning.id) == tuning


def test_what_was_found_is_kept(world: World, organisation: OrganisationId) -> None:
    tuning = a_tuning(world, organisation)
    world.tunings.done(organisation, tuning.id, log=LOG, seconds=3.5)
    assert world.tunings.get(organisation, tuning.id) == replace(tuning, log=LOG, seconds=3.5)


def test_the_searches_for_a_dataset_come_newest_first(
    world: World, organisation: OrganisationId
) -> None:
    early = a_tuning(world, organisation)
    dataset = early.dataset_id
    late = a_tuning(world, organisation, dataset_id=dataset, created_at=NOON + timedelta(hours=1))
    a_tuning(world, organisation)
    assert world.tunings.of_dataset(organisation, dataset) == (late, early)
    assert world.tunings.of_dataset(world.organisation(), dataset) == ()


def test_another_organisations_search_does_not_exist(
    world: World, organisation: OrganisationId
) -> None:
    tuning, stranger = a_tuning(world, organisation), world.organisation()
    with pytest.raises(NotFound):
        world.tunings.get(stranger, tuning.id)
    with pytest.raises(NotFound):
        world.tunings.done(stranger, tuning.id, log=LOG, seconds=1.0)
    assert world.tunings.get(organisation, tuning.id) == tuning
