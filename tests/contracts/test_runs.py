"""Promises of ``TrainingRuns`` and ``SyntheticDatasets``."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.kernel import BlobId, NotFound, OrganisationId
from domain.privacy.budget import PrivacyStatement
from domain.synthesis.conditions import Condition, Operator, SampleSpec, Stratification
from domain.synthesis.runs import HoldoutSpec, SyntheticTable
from tests.contracts.builders import NOON, a_run, a_synthetic
from tests.contracts.worlds import World

RESULT = {
    "artifact_blob": BlobId("w1"),
    "artifact_sha256": "a1" * 32,
    "statement": PrivacyStatement(epsilon=1.2, delta=1e-6, unit="row", accountant="prv"),
    "rows_trained": 800,
    "rows_held_out": 200,
    "fit_seconds": 1.25,
    "notes": ("Early stop.",),
    "curves": {"people": (3.5, 2.25)},
    "versions": {"torch": "2.13.0"},
}
TABLE = SyntheticTable(
    name="people",
    rows=10,
    csv_blob=BlobId("c"),
    csv_sha256="aa",
    parquet_blob=BlobId("p"),
    parquet_sha256="bb",
)


def test_a_run_comes_back_as_it_was(world: World, organisation: OrganisationId) -> None:
    full = a_run(world, organisation)
    bare = a_run(
        world,
        organisation,
        settings={},
        target=None,
        privacy=None,
        holdout=HoldoutSpec(),
    )
    assert world.runs.get(organisation, full.id) == full
    assert world.runs.get(organisation, bare.id) == bare


def test_the_artifacts_of_a_datasets_runs_can_be_taken_off(
    world: World, organisation: OrganisationId
) -> None:
    run = a_run(world, organisation)
    world.runs.trained(organisation, run.id, **RESULT)
    assert world.runs.forget_artifacts(OrganisationId(uuid4()), run.dataset_id) == ()
    assert world.runs.forget_artifacts(organisation, run.dataset_id) == (BlobId("w1"),)
    forgotten = world.runs.get(organisation, run.id)
    assert (forgotten.artifact_blob, forgotten.artifact_sha256) == (None, "a1" * 32)
    assert world.runs.forget_artifacts(organisation, run.dataset_id) == ()


def test_the_result_of_a_fit_is_kept(world: World, organisation: OrganisationId) -> None:
    run = a_run(world, organisation)
    world.runs.trained(organisation, run.id, **RESULT)
    assert world.runs.get(organisation, run.id) == replace(run, **RESULT)


def test_another_organisations_run_does_not_exist(
    world: World, organisation: OrganisationId
) -> None:
    run, stranger = a_run(world, organisation), world.organisation()
    with pytest.raises(NotFound):
        world.runs.get(stranger, run.id)
    with pytest.raises(NotFound):
        world.runs.trained(stranger, run.id, **RESULT)
    assert world.runs.get(organisation, run.id) == run


def test_drawn_tables_are_kept(world: World, organisation: OrganisationId) -> None:
    synthetic = a_synthetic(world, organisation, rows=None)
    assert world.synthetics.get(organisation, synthetic.id) == synthetic
    world.synthetics.sampled(organisation, synthetic.id, tables=(TABLE,), sample_seconds=0.5)
    expected = replace(synthetic, tables=(TABLE,), sample_seconds=0.5)
    assert world.synthetics.get(organisation, synthetic.id) == expected


def test_a_file_of_drawn_rows_is_known_by_its_hash(
    world: World, organisation: OrganisationId
) -> None:
    synthetic = a_synthetic(world, organisation)
    world.synthetics.sampled(organisation, synthetic.id, tables=(TABLE,), sample_seconds=0.5)
    made_by = world.synthetics.run_of_file
    assert made_by(organisation, TABLE.parquet_sha256) == synthetic.run_id
    assert TABLE.csv_sha256 is not None
    assert made_by(organisation, TABLE.csv_sha256) == synthetic.run_id
    assert made_by(organisation, "0" * 64) is None
    assert made_by(world.organisation(), TABLE.parquet_sha256) is None


def test_a_runs_synthetic_datasets_come_oldest_first(
    world: World, organisation: OrganisationId
) -> None:
    run = a_run(world, organisation)
    late = a_synthetic(world, organisation, run_id=run.id, created_at=NOON + timedelta(hours=1))
    early = a_synthetic(world, organisation, run_id=run.id)
    a_synthetic(world, organisation)
    assert world.synthetics.of_run(organisation, run.id) == (early, late)
    assert world.synthetics.of_run(world.organisation(), run.id) == ()


def test_another_organisations_synthetic_dataset_does_not_exist(
    world: World, organisation: OrganisationId
) -> None:
    synthetic, stranger = a_synthetic(world, organisation), world.organisation()
    with pytest.raises(NotFound):
        world.synthetics.get(stranger, synthetic.id)
    with pytest.raises(NotFound):
        world.synthetics.sampled(stranger, synthetic.id, tables=(TABLE,), sample_seconds=1.0)


def test_the_spec_and_formats_of_a_sample_are_kept(
    world: World, organisation: OrganisationId
) -> None:
    spec = SampleSpec(
        where=(Condition(column="age", test=Operator.AT_LEAST, values=("65",)),),
        stratify=Stratification(column="sex", shares={"f": 0.5}),
        impute=("income",),
    )
    synthetic = a_synthetic(world, organisation, spec=spec, csv=False)
    assert world.synthetics.get(organisation, synthetic.id) == synthetic


def test_completed_rows_are_forgotten_with_what_was_given_and_twins_stay(
    world: World, organisation: OrganisationId
) -> None:
    run = a_run(world, organisation)
    twin = a_synthetic(world, organisation, run_id=run.id)
    completed = a_synthetic(world, organisation, run_id=run.id, given_blob=BlobId("g1"))
    for synthetic in (twin, completed):
        world.synthetics.sampled(organisation, synthetic.id, tables=(TABLE,), sample_seconds=0.5)
    assert world.synthetics.forget_completed(OrganisationId(uuid4()), run.id) == ()
    forgotten = world.synthetics.forget_completed(organisation, run.id)
    assert set(forgotten) == {*TABLE.blob_ids, BlobId("g1")}
    assert world.synthetics.get(organisation, twin.id).tables == (TABLE,)
    after = world.synthetics.get(organisation, completed.id)
    assert (after.tables, after.completed) == ((), True)


def test_the_runs_of_a_dataset_are_known(world: World, organisation: OrganisationId) -> None:
    run = a_run(world, organisation)
    a_run(world, organisation)
    assert world.runs.of_dataset(organisation, run.dataset_id) == (run.id,)
    assert world.runs.of_dataset(world.organisation(), run.dataset_id) == ()
