"""What private runs take from the budget of their people, from the request to the last draw."""

from __future__ import annotations

import re
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
    Role,
)
from domain.privacy.budget import Amount, TuningMode, TuningRecord
from domain.privacy.ledger import EARLY, UNREAD, EntryState, SpendKind
from tests.studio import ORGANISATION, Studio, actor
from tests.usecases.proved_runs import (
    ADMINISTRATOR,
    Proving,
    fit_job,
    started,
    states,
    told,
)


@pytest.fixture
def studio() -> Studio:
    return Studio(synthesizer=Proving())


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
