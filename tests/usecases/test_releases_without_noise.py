"""A private run says what left about the same people without noise, also by another dataset."""

from __future__ import annotations

import pytest

from domain.compliance.dp_wording import ALONE
from domain.privacy.plain_releases import PlainWay
from tests.studio import ORGANISATION, Studio, actor
from tests.usecases.proved_runs import ADMINISTRATOR, Proving, ages, started, told


@pytest.fixture
def studio() -> Studio:
    return Studio(synthesizer=Proving())


def plain_twin(studio, dataset):
    synthesis = studio.start(actor(), dataset_id=dataset.id, evaluate=False, pack=False)
    studio.work_off()
    return synthesis.synthetic


def ways(studio, dataset):
    return [release.way for release in told(studio, dataset).plain]


def test_a_plain_twin_of_the_same_file_that_was_approved_ends_the_bound_on_the_whole(studio):
    before, private = studio.confirmed(), studio.confirmed()
    drawn = plain_twin(studio, before)
    synthesis = started(studio, private)
    studio.work_off()
    assert ways(studio, private) == [PlainWay.DRAWN]
    assert ALONE not in studio.read_dp_report(actor(), run_id=synthesis.run.id)["summary"]
    studio.approve(ADMINISTRATOR, synthetic_id=drawn.id, reason="For a course.")
    report = studio.read_dp_report(actor(), run_id=synthesis.run.id)
    assert report["summary"].endswith(ALONE)
    (ledger,) = (f for f in report["fields"] if f["name"] == "ledger")
    assert ledger["sentences"][0].startswith("Nothing bounds what left about these people in all")
    assert told(studio, private).warnings[0] == ledger["sentences"][0]


def test_people_of_a_plain_twin_are_found_again_in_another_file(studio):
    march = studio.confirmed(ages(*range(100)))
    plain_twin(studio, march)
    april = studio.confirmed(ages(*range(90, 200)).replace(b"Bern", b"Lyon"))
    others = studio.confirmed(ages(*range(1_000, 1_100)))
    for dataset in (april, others):
        started(studio, dataset, entity="patient")
        studio.work_off()
    assert ways(studio, april) == [PlainWay.DRAWN]
    assert ways(studio, others) == []


def test_whoever_starts_without_noise_is_told_what_that_ends(studio):
    dataset = studio.confirmed()
    started(studio, dataset)
    studio.work_off()
    synthesis = studio.start(actor(), dataset_id=dataset.id, evaluate=False, pack=False)
    run = studio.runs.get(ORGANISATION, synthesis.run.id)
    assert any("ends the bound of ε = 3.6" in note for note in run.notes)


def test_where_nothing_private_was_released_a_plain_run_is_told_nothing(studio):
    dataset = studio.confirmed()
    plain_twin(studio, dataset)
    synthesis = studio.start(actor(), dataset_id=dataset.id, evaluate=False, pack=False)
    assert not any("bound" in note for note in synthesis.run.notes)
