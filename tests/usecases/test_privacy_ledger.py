"""What private runs take from the budget of their people, from the request to the last draw."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.datasets.entities import ColumnSpec, SdType
from domain.datasets.spelling import Misfit
from domain.jobs import JobKind, JobState
from domain.kernel import (
    BadInput,
    BudgetExceeded,
    Conflict,
    NotAllowed,
    NotFound,
    OrganisationId,
    Role,
    StudioError,
)
from domain.privacy.budget import Amount, PrivacyStatement, TuningMode, TuningRecord
from domain.privacy.ledger import EARLY, UNREAD, EntryState, SpendKind
from domain.synthesis.requests import InputFile, PrivacyRequest, SynthesisRequest
from tests.builders import ORGANISATION, Resampler, Studio, actor, opened, people_csv

PEOPLE = (471_147_114, 471_247_125, 471_347_136)
"""Numbers that no digest or identifier holds by chance."""
ADMINISTRATOR = actor(Role.ADMINISTRATOR)


class Proving(Resampler):
    """Learns in no time, and proves nine tenths of what was asked for."""

    breaks: Exception | None = None

    def fit(self, tables, metadata, *, privacy, **how):
        if self.breaks is not None:
            raise self.breaks
        result = super().fit(tables, metadata, privacy=privacy, **how)
        statement = PrivacyStatement(
            epsilon=0.9 * privacy.epsilon,
            delta=privacy.delta,
            unit=privacy.unit,
            accountant="by hand",
        )
        return replace(result, statement=statement)


@pytest.fixture
def studio() -> Studio:
    return Studio(synthesizer=Proving())


def started(studio, dataset, epsilon=4.0, delta=1e-5, entity=None):
    """A queued private run."""
    return studio.start(
        actor(),
        dataset_id=dataset.id,
        synthesizer="marginals",
        privacy=PrivacyRequest(epsilon=epsilon, delta=delta, entity=entity),
        evaluate=False,
        pack=False,
    )


def states(studio, dataset):
    """Of every line about a dataset, in order."""
    return [e.state for e in studio.ledger.account(ORGANISATION, dataset.id).entries]


def told(studio, dataset):
    return studio.read_ledger(actor(), dataset_id=dataset.id)


def fit_job(studio, synthesis):
    return studio.jobs.get(ORGANISATION, synthesis.jobs[0].id)


def ages(*numbers) -> bytes:
    """A table with a patient a row, told by their number."""
    rows = [f"{n},{20 + n % 60},{'Bern' if n % 3 else 'Oslo'}" for n in numbers]
    return "\n".join(["patient,age,city", *rows]).encode()


class TestOneDataset:
    def test_a_run_is_reserved_when_asked_for_opened_when_it_reads_and_settled_as_proved(
        self, studio
    ):
        dataset = studio.confirmed()
        started(studio, dataset)
        assert told(studio, dataset).reserved_epsilon == 4.0
        assert states(studio, dataset) == [EntryState.RESERVED]
        studio.work_off()
        assert states(studio, dataset) == [
            EntryState.RESERVED,
            EntryState.OPENED,
            EntryState.SETTLED,
        ]
        after = told(studio, dataset)
        assert (after.reserved_epsilon, after.spent_epsilon) == (0.0, pytest.approx(3.6))
        assert after.entries[-1].note == "by hand"

    def test_the_audit_log_has_every_step_with_what_is_left(self, studio):
        dataset = studio.confirmed()
        run = started(studio, dataset).run
        studio.work_off()
        entries = [e.document() for e in studio.audit.entries()]
        ours = [e for e in entries if e["action"].startswith("privacy.")]
        assert [e["action"].partition(".")[2] for e in ours] == ["reserved", "opened", "settled"]
        assert {e["subject"] for e in ours} == {str(run.id)}
        assert [e["details"]["epsilon_left"] for e in ours] == [6, 6, pytest.approx(6.4)]
        assert ours[0]["details"]["dataset"] == str(dataset.id)

    def test_more_than_is_left_is_refused_before_anything_is_queued(self, studio):
        dataset = studio.confirmed()
        for _ in range(2):
            started(studio, dataset)
        blobs, actions = studio.stored_blobs(), studio.actions()
        with pytest.raises(BudgetExceeded, match="ε = 2 of 10 left"):
            started(studio, dataset)
        assert studio.actions() == actions
        assert len(studio.runs.of_dataset(ORGANISATION, dataset.id)) == 2
        assert studio.stored_blobs() == blobs

    def test_rows_are_drawn_again_for_free(self, studio):
        dataset = studio.confirmed()
        run = started(studio, dataset).run
        studio.work_off()
        before = states(studio, dataset)
        for _ in range(3):
            studio.request_sample(actor(), run_id=run.id, rows=10)
        studio.work_off()
        assert states(studio, dataset) == before

    def test_a_run_without_privacy_takes_nothing_and_keeps_no_digests(self, studio):
        dataset = studio.confirmed()
        studio.start(actor(), dataset_id=dataset.id, synthesizer="autoregressive", pack=False)
        studio.work_off()
        assert told(studio, dataset).entries == ()
        assert studio.ledger.population_of(ORGANISATION, dataset.id).people_blob is None

    def test_settings_found_by_unpaid_looks_are_remembered(self, studio):
        dataset = studio.confirmed()
        studio.spending.reserve(
            actor(),
            dataset_id=dataset.id,
            kind=SpendKind.TRAINING,
            subject_id=uuid4(),
            epsilon=1.0,
            delta=1e-6,
            void=TuningRecord(
                mode=TuningMode.EXPLORATORY, configurations=3, account="unpaid"
            ).voids,
        )
        assert "bounds nothing" in told(studio, dataset).warnings[0]


class TestEndingEarly:
    def test_a_run_that_is_cancelled_before_it_began_gives_everything_back(self, studio):
        dataset = studio.confirmed()
        synthesis = started(studio, dataset)
        studio.cancel(actor(), job_id=synthesis.jobs[0].id)
        assert states(studio, dataset) == [EntryState.RESERVED, EntryState.RELEASED]
        assert told(studio, dataset).left_epsilon == 10.0
        assert studio.actions()[-1] == "privacy.released"

    def test_a_run_that_is_refused_before_it_reads_gives_everything_back(self, studio):
        dataset = studio.confirmed(b"a,b\n1,x\n2,y\n3,x\n")
        synthesis = started(studio, dataset, delta=1e-5)
        studio.delete(actor(), dataset_id=dataset.id)
        studio.work_off()
        assert fit_job(studio, synthesis).state is JobState.FAILED
        last = studio.ledger.last(ORGANISATION, synthesis.run.id)
        assert (last.state, last.note) == (EntryState.RELEASED, UNREAD)

    def test_a_private_run_that_cannot_read_a_column_tells_no_count(self, studio, monkeypatch):
        def misfit(*_):
            raise Misfit(ColumnSpec(name="age", sdtype=SdType.INTEGER), cells=1_441, row=7_113)

        dataset = studio.confirmed()
        synthesis = started(studio, dataset)
        monkeypatch.setattr("domain.usecases.fit_run.training_split", misfit)
        studio.work_off()
        job = fit_job(studio, synthesis)
        assert job.state is JobState.FAILED
        assert "“age”" in job.error
        assert not {"1441", "7113"} & set(re.findall(r"\d+", job.error))
        last = studio.ledger.last(ORGANISATION, synthesis.run.id)
        assert (last.state, last.note) == (EntryState.RELEASED, UNREAD)
        assert "read" not in last.note

    def test_a_run_that_fails_while_it_reads_is_charged_whole(self, studio):
        dataset = studio.confirmed()
        studio.synthesizer.breaks = BadInput("This cannot be learned.")
        synthesis = started(studio, dataset)
        studio.work_off()
        assert fit_job(studio, synthesis).state is JobState.FAILED
        last = studio.ledger.last(ORGANISATION, synthesis.run.id)
        assert (last.state, last.epsilon, last.note) == (EntryState.SETTLED, 4.0, EARLY)

    def test_a_run_whose_worker_dies_is_charged_once_however_often_it_begins(self, studio):
        dataset = studio.confirmed()
        studio.synthesizer.breaks = RuntimeError("a broken disk")
        synthesis = started(studio, dataset)
        studio.run_job()(synthesis.jobs[0].id)
        assert fit_job(studio, synthesis).state is JobState.QUEUED
        assert states(studio, dataset) == [EntryState.RESERVED, EntryState.OPENED]
        studio.synthesizer.breaks = None
        studio.work_off()
        assert fit_job(studio, synthesis).state is JobState.SUCCEEDED
        assert told(studio, dataset).spent_epsilon == pytest.approx(3.6)

    def test_a_run_that_breaks_every_time_is_charged_whole(self, studio):
        dataset = studio.confirmed()
        studio.synthesizer.breaks = RuntimeError("a broken disk")
        synthesis = started(studio, dataset)
        studio.work_off()
        assert fit_job(studio, synthesis).state is JobState.FAILED
        assert told(studio, dataset).entries[-1].note == EARLY

    def test_a_worker_that_lost_its_run_gives_nothing_back_and_keeps_nothing(self, studio):
        dataset = studio.confirmed()
        job = started(studio, dataset).jobs[0]
        work = studio.work()

        def slow(job, on_progress):
            outcome = work[JobKind.FIT](job, on_progress)
            studio.now += timedelta(seconds=61)
            studio.jobs.claim(job.id, "quicker", studio.now, timedelta(seconds=60))
            return outcome

        studio.run_job(work={JobKind.FIT: slow})(job.id)
        assert states(studio, dataset) == [EntryState.RESERVED, EntryState.OPENED]

    def test_what_ended_where_nobody_noticed_is_given_back_to_the_next(self, studio):
        dataset = studio.confirmed()
        job = started(studio, dataset, epsilon=10.0).jobs[0]
        studio.jobs.request_cancel(ORGANISATION, job.id, studio.now)
        started(studio, dataset, epsilon=10.0)
        assert states(studio, dataset) == [
            EntryState.RESERVED,
            EntryState.RELEASED,
            EntryState.RESERVED,
        ]

    def test_a_run_that_was_given_back_reads_nothing_any_more(self, studio):
        dataset = studio.confirmed()
        run = started(studio, dataset).run
        studio.spending.end(ORGANISATION, run.id)
        studio.work_off()
        job = studio.jobs.latest(ORGANISATION, JobKind.FIT, run.id)
        assert job.state is JobState.FAILED
        assert "released already" in job.error


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


MORE = {"epsilon": 20.0, "delta": 1e-3, "reason": "The board agreed on 2026-03-01."}


class TestAnAdministratorsWord:
    def test_raises_the_budget_with_a_reason_in_the_audit_log(self, studio):
        dataset = studio.confirmed()
        started(studio, dataset, epsilon=9.0)
        studio.set_budget(ADMINISTRATOR, dataset_id=dataset.id, **MORE)
        started(studio, dataset, epsilon=9.0)
        assert told(studio, dataset).decided
        entry = next(
            e.document()
            for e in studio.audit.entries()
            if e.document()["action"] == "privacy.budget_changed"
        )
        assert entry["subject"] == str(dataset.id)
        assert entry["details"]["reason"] == MORE["reason"]
        assert (entry["details"]["epsilon_before"], entry["details"]["epsilon"]) == (10, 20)

    def test_nobody_else_says_it(self, studio):
        dataset = studio.confirmed()
        for role in set(Role) - {Role.ADMINISTRATOR}:
            with pytest.raises(NotAllowed):
                studio.set_budget(actor(role), dataset_id=dataset.id, **MORE)

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
    def test_needs_a_reason(self, studio, reason):
        dataset = studio.confirmed()
        with pytest.raises(BadInput, match="Say why"):
            studio.set_budget(ADMINISTRATOR, dataset_id=dataset.id, **{**MORE, "reason": reason})

    def test_is_never_below_what_is_spent(self, studio):
        dataset = studio.confirmed()
        started(studio, dataset, epsilon=5.0)
        with pytest.raises(BadInput, match="at least 5"):
            studio.set_budget(
                ADMINISTRATOR, dataset_id=dataset.id, epsilon=4.0, delta=1e-4, reason="Less."
            )
        assert "privacy.budget_changed" not in studio.actions()

    def test_holds_for_the_same_file_uploaded_again_also_where_it_was_lowered(self, studio):
        first = studio.confirmed()
        started(studio, first, epsilon=1.0)
        studio.work_off()
        studio.set_budget(
            ADMINISTRATOR, dataset_id=first.id, epsilon=2.0, delta=1e-4, reason="Less."
        )
        again = studio.confirmed()
        synthesis = started(studio, again, epsilon=2.0)
        studio.work_off()
        assert "of 2 left" in fit_job(studio, synthesis).error

    def test_a_raised_budget_serves_the_next_command_on_the_same_file(self, studio):
        first = studio.confirmed()
        started(studio, first, epsilon=10.0)
        studio.work_off()
        studio.set_budget(ADMINISTRATOR, dataset_id=first.id, **MORE)
        again = studio.confirmed()
        started(studio, again, epsilon=10.0)
        studio.work_off()
        assert states(studio, again)[-1] is EntryState.SETTLED

    def test_people_are_forgotten_by_an_administrator_only_and_spends_stay(self, studio):
        dataset = studio.confirmed()
        started(studio, dataset)
        studio.work_off()
        with pytest.raises(NotAllowed):
            studio.forget_people(actor(), dataset_id=dataset.id, reason="Asked to.")
        blobs = studio.stored_blobs()
        studio.forget_people(ADMINISTRATOR, dataset_id=dataset.id, reason="Asked to.")
        assert studio.stored_blobs() == blobs - 1
        assert told(studio, dataset).spent_epsilon == pytest.approx(3.6)
        assert studio.actions()[-1] == "privacy.people_forgotten"
        with pytest.raises(NotFound):
            studio.forget_people(ADMINISTRATOR, dataset_id=dataset.id, reason="Asked to.")


class TestOtherSpends:
    def reserve(self, studio, dataset, kind, epsilon=3.0):
        subject = uuid4()
        account = studio.spending.reserve(
            actor(),
            dataset_id=dataset.id,
            kind=kind,
            subject_id=subject,
            epsilon=epsilon,
            delta=1e-6,
        )
        assert account.reserved.epsilon >= epsilon
        return subject

    def test_a_charged_search_and_an_audit_draw_on_the_same_budget(self, studio):
        dataset = studio.confirmed()
        for kind in (SpendKind.TUNING, SpendKind.AUDIT, SpendKind.TRAINING):
            self.reserve(studio, dataset, kind)
        with pytest.raises(BudgetExceeded, match="this tuning asks for 3"):
            self.reserve(studio, dataset, SpendKind.TUNING)

    def test_it_is_settled_for_less_than_was_reserved(self, studio):
        dataset = studio.confirmed()
        subject = self.reserve(studio, dataset, SpendKind.TUNING)
        studio.spending.open(ORGANISATION, subject)
        studio.spending.settle(ORGANISATION, subject, epsilon=2.0, delta=1e-6, note="composed")
        assert told(studio, dataset).spent_epsilon == 2.0

    def test_it_is_never_settled_for_more(self, studio):
        dataset = studio.confirmed()
        subject = self.reserve(studio, dataset, SpendKind.TUNING)
        studio.spending.open(ORGANISATION, subject)
        with pytest.raises(Conflict):
            studio.spending.settle(ORGANISATION, subject, epsilon=4.0, delta=1e-6, note="")

    def test_what_was_never_reserved_is_never_opened(self, studio):
        with pytest.raises(NotFound, match="No privacy was reserved"):
            studio.spending.open(ORGANISATION, uuid4())

    def test_it_is_ended_by_whoever_reserved_for_it_and_by_nobody_else(self, studio):
        dataset = studio.confirmed()
        search = self.reserve(studio, dataset, SpendKind.TUNING)
        started(studio, dataset, epsilon=1.0)
        assert studio.ledger.last(ORGANISATION, search).state is EntryState.RESERVED
        studio.spending.end(ORGANISATION, search)
        studio.spending.end(ORGANISATION, search)
        assert studio.ledger.last(ORGANISATION, search).state is EntryState.RELEASED


def test_the_budget_of_a_new_dataset_is_the_instances(studio):
    studio = Studio(synthesizer=Proving(), budget=Amount(epsilon=1.0, delta=1e-6))
    dataset = studio.confirmed()
    with pytest.raises(BudgetExceeded, match="ε = 1 of 1 left"):
        started(studio, dataset, epsilon=2.0, delta=1e-6)
