"""A budget is shared by all datasets with some of the same people."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from domain.jobs import JobKind, JobState
from domain.kernel import (
    BudgetExceeded,
    NotFound,
    OrganisationId,
    StudioError,
)
from domain.privacy.ledger import EntryState
from domain.synthesis.requests import InputFile, PrivacyRequest, SynthesisRequest
from tests.small_tables import people_csv
from tests.studio import ORGANISATION, Studio, actor, opened
from tests.usecases.proved_runs import (
    PEOPLE,
    Proving,
    ages,
    fit_job,
    started,
    states,
    told,
)


@pytest.fixture
def studio() -> Studio:
    return Studio(synthesizer=Proving())


class TestTheSamePeople:
    def test_the_same_file_again_shares_the_budget(self, studio):
        first, again = studio.confirmed(), studio.confirmed()
        started(studio, first, epsilon=7.0)
        studio.work_off()
        synthesis = started(studio, again, epsilon=7.0)
        studio.work_off()
        job = fit_job(studio, synthesis)
        assert job.state is JobState.FAILED
        assert "“people.csv”" in job.error
        assert "ε = 3.7 of 10 left" in job.error
        assert states(studio, again) == [EntryState.RESERVED, EntryState.RELEASED]
        assert told(studio, again).kin == ("people.csv",)
        with pytest.raises(BudgetExceeded):
            started(studio, again, epsilon=7.0)

    def test_columns_in_another_order_and_one_row_more_change_nothing(self, studio):
        data = people_csv(rows=60)
        header, *rows = data.decode().splitlines()
        turned = [",".join(reversed(r.split(","))) for r in (header, *rows, "99,Bern,1.5,no")]
        first, other = studio.confirmed(data), studio.confirmed("\n".join(turned).encode())
        started(studio, first, epsilon=9.0)
        studio.work_off()
        started(studio, other, epsilon=9.0)
        studio.work_off()
        assert states(studio, other) == [EntryState.RESERVED, EntryState.RELEASED]

    def test_next_months_file_shares_the_budget_by_its_patients(self, studio):
        march = studio.confirmed(ages(*range(100)))
        april_rows = ages(*range(10, 110)).replace(b"Bern", b"Lyon").replace(b"Oslo", b"Rome")
        april = studio.confirmed(april_rows)
        started(studio, march, epsilon=9.0, entity="patient")
        studio.work_off()
        started(studio, april, epsilon=9.0, entity="patient")
        studio.work_off()
        assert states(studio, april) == [EntryState.RESERVED, EntryState.RELEASED]
        assert told(studio, april).spent_epsilon == pytest.approx(8.1)

    def test_other_people_have_a_budget_of_their_own(self, studio):
        here, there = studio.confirmed(), studio.confirmed(people_csv(seed=1))
        for dataset in (here, there):
            started(studio, dataset, epsilon=9.0)
        studio.work_off()
        assert told(studio, there).kin == ()
        assert states(studio, there)[-1] is EntryState.SETTLED

    def test_held_out_rows_count_as_well(self, studio):
        first = studio.confirmed(ages(*range(50)))
        started(studio, first, epsilon=9.0)
        studio.work_off()
        for patient in range(0, 50, 7):
            one = studio.confirmed(ages(patient, *range(1000, 1030)))
            started(studio, one, epsilon=9.0)
            studio.work_off()
            assert states(studio, one) == [EntryState.RESERVED, EntryState.RELEASED]

    def test_a_reservation_of_kin_that_have_not_begun_counts_too(self, studio):
        first, again = studio.confirmed(), studio.confirmed()
        started(studio, first, epsilon=9.0)
        waiting = list(studio.jobs.delivered)
        studio.jobs.delivered.clear()
        started(studio, again, epsilon=9.0)
        studio.work_off()
        assert states(studio, again) == [EntryState.RESERVED, EntryState.RELEASED]
        studio.jobs.delivered.extend(waiting)
        studio.work_off()
        assert states(studio, first)[-1] is EntryState.SETTLED

    def test_deleting_a_dataset_gives_no_new_budget(self, studio):
        first = studio.confirmed()
        started(studio, first, epsilon=9.0)
        studio.work_off()
        studio.delete(actor(), dataset_id=first.id)
        again = studio.confirmed()
        started(studio, again, epsilon=9.0)
        studio.work_off()
        assert states(studio, again) == [EntryState.RESERVED, EntryState.RELEASED]
        assert told(studio, first).spent_epsilon == pytest.approx(8.1)

    def test_digests_of_a_dataset_that_spent_nothing_go_with_it(self, studio):
        before = studio.stored_blobs()
        first = studio.confirmed()
        studio.recognise()(ORGANISATION, first.id)
        studio.delete(actor(), dataset_id=first.id)
        assert studio.stored_blobs() == before

    def test_the_command_line_shares_the_budget_over_its_runs(self, studio):
        def run(epsilon):
            wanted = SynthesisRequest(
                inputs=[InputFile(name="people.csv", open=opened(people_csv()))],
                synthesizer="marginals",
                settings={},
                privacy=PrivacyRequest(epsilon=epsilon, delta=1e-5),
                evaluate=False,
                pack=False,
            )
            return studio.synthesize_files()(actor(), wanted=wanted)

        run(5.0)
        run(4.0)
        with pytest.raises(StudioError, match=r"ε = 1\.9 of 10 left"):
            run(4.0)

    def test_another_organisation_knows_nothing_of_it(self, studio):
        dataset = studio.confirmed()
        started(studio, dataset)
        other = actor(organisation_id=OrganisationId(uuid4()))
        with pytest.raises(NotFound):
            studio.read_ledger(other, dataset_id=dataset.id)

    def test_no_cell_stands_in_the_ledger_or_the_log(self, studio):
        first, again = studio.confirmed(ages(*PEOPLE)), studio.confirmed(ages(PEOPLE[0], 1, 2))
        for dataset in (first, again):
            started(studio, dataset, epsilon=6.0, delta=1e-5, entity="patient")
            studio.work_off()
        job = studio.jobs.latest(ORGANISATION, JobKind.FIT, told_run(studio, again))
        written = [json.dumps(e.document()) for e in studio.audit.entries()]
        account = studio.ledger.account(ORGANISATION, again.id)
        assert not any(str(PEOPLE[0]) in text for text in (*written, repr(account), job.error))


def told_run(studio, dataset):
    return studio.runs.of_dataset(ORGANISATION, dataset.id)[-1]
