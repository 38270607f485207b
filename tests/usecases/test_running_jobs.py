import time
from datetime import timedelta

import pytest

from domain.jobs import JobKind, JobState
from domain.kernel import BadInput, Cancelled, Conflict, NotAllowed, Role
from domain.privacy.accounting import AccountingError
from domain.usecases.run_job import Outcome
from tests.studio import ORGANISATION, actor


def queued(studio):
    dataset = studio.uploaded()
    return studio.jobs.latest(ORGANISATION, JobKind.PROFILE, dataset.id)


def state(studio, job):
    return studio.jobs.get(ORGANISATION, job.id)


def doing(work):
    return {JobKind.PROFILE: work}


def nothing():
    return None


def test_a_job_that_was_done_is_not_done_again(studio):
    job = queued(studio)
    done = []

    def work(job, on_progress):
        return Outcome(lambda: done.append(1), nothing)

    run = studio.run_job(work=doing(work))
    run(job.id)
    run(job.id)
    assert done == [1]
    assert state(studio, job).state is JobState.SUCCEEDED


def test_a_dead_workers_job_goes_to_the_next_one_after_the_lease(studio):
    job = queued(studio)
    studio.jobs.claim(job.id, "dead", studio.now, timedelta(seconds=60))
    studio.run_job()(job.id)
    assert state(studio, job).state is JobState.RUNNING
    studio.now += timedelta(seconds=61)
    assert studio.jobs.redeliver(studio.now) == 1
    studio.run_job("second")(job.id)
    assert state(studio, job).state is JobState.SUCCEEDED
    assert state(studio, job).attempt == 2


def test_a_result_that_comes_too_late_is_discarded(studio):
    job = queued(studio)
    kept, discarded = [], []

    def slow(job, on_progress):
        studio.now += timedelta(seconds=61)
        studio.jobs.claim(job.id, "quicker", studio.now, timedelta(seconds=60))
        return Outcome(lambda: kept.append(1), lambda: discarded.append(1))

    studio.run_job(work=doing(slow))(job.id)
    assert discarded == [1]
    assert state(studio, job).worker == "quicker"
    assert state(studio, job).state is JobState.RUNNING


def test_rows_written_by_a_late_worker_are_undone(studio):
    job = queued(studio)
    entries = len(studio.audit.entries())

    def slow(job, on_progress):
        studio.now += timedelta(seconds=61)
        studio.jobs.claim(job.id, "quicker", studio.now, timedelta(seconds=60))
        return Outcome(lambda: studio.audit.append(ORGANISATION, "ada", "late", "x"), nothing)

    studio.run_job(work=doing(slow))(job.id)
    assert len(studio.audit.entries()) == entries


def test_a_refusal_ends_the_job_with_its_sentence_at_once(studio):
    job = queued(studio)

    def refuse(job, on_progress):
        raise BadInput("There is nothing to learn.")

    studio.run_job(work=doing(refuse))(job.id)
    assert state(studio, job).state is JobState.FAILED
    assert state(studio, job).error == "There is nothing to learn."


def test_three_broken_attempts_end_the_job_with_a_reason_that_quotes_no_value(studio, caplog):
    job = queued(studio)

    def broken(job, on_progress):
        raise ValueError("secret cell value")

    for _ in range(3):
        assert not state(studio, job).state.ended
        studio.run_job(work=doing(broken))(job.id)
    assert state(studio, job).state is JobState.FAILED
    assert "ValueError" in state(studio, job).error
    assert "secret" not in state(studio, job).error + caplog.text


def test_too_little_memory_is_said_in_words(studio):
    job = queued(studio)

    def hungry(job, on_progress):
        raise MemoryError

    studio.run_job(work=doing(hungry))(job.id)
    assert "memory" in state(studio, job).error


def test_a_running_job_stops_when_a_person_asks(studio, monkeypatch):
    monkeypatch.setattr("domain.usecases.run_job._BEAT_SECONDS", 0)
    job = queued(studio)
    after = []

    def work(running, on_progress):
        studio.cancel(actor(), job_id=running.id)
        on_progress(1, 10, "halfway")
        after.append("went on")

    studio.run_job(work=doing(work))(job.id)
    assert after == []
    assert state(studio, job).state is JobState.CANCELLED


def test_a_job_nobody_works_on_is_cancelled_at_once_and_those_after_it_too(studio):
    dataset = studio.confirmed()
    synthesis = studio.start(actor(), dataset_id=dataset.id)
    studio.cancel(actor(), job_id=synthesis.jobs[0].id)
    assert {state(studio, j).state for j in synthesis.jobs} == {JobState.CANCELLED}
    with pytest.raises(Conflict):
        studio.cancel(actor(), job_id=synthesis.jobs[0].id)


def test_a_viewer_may_not_cancel(studio):
    job = queued(studio)
    with pytest.raises(NotAllowed):
        studio.cancel(actor(Role.VIEWER), job_id=job.id)


def test_what_waits_for_a_failed_job_fails_with_its_reason(studio):
    class Refusing:
        def fit(self, *args, **kwargs):
            raise BadInput("This table cannot be learned.")

    dataset = studio.confirmed()
    studio.synthesizer = Refusing()
    synthesis = studio.start(actor(), dataset_id=dataset.id)
    studio.work_off()
    errors = [state(studio, j).error for j in synthesis.jobs]
    assert all("This table cannot be learned." in e for e in errors)
    assert {state(studio, j).state for j in synthesis.jobs} == {JobState.FAILED}


def test_a_failed_fit_leaves_no_blob_behind(studio):
    class Broken:
        def fit(self, *args, **kwargs):
            raise RuntimeError

    dataset = studio.confirmed()
    before = studio.stored_blobs()
    studio.synthesizer = Broken()
    studio.start(actor(), dataset_id=dataset.id)
    studio.work_off()
    assert studio.stored_blobs() == before


def test_a_sample_that_breaks_halfway_leaves_no_file_behind(studio):
    dataset = studio.confirmed()
    whole = studio.synthesizer.sample

    def half(*args, **kwargs):
        yield next(iter(whole(*args, **kwargs)))
        raise Cancelled

    studio.synthesizer.sample = half
    synthesis = studio.start(actor(), dataset_id=dataset.id, evaluate=False, pack=False)
    studio.work_off()
    assert state(studio, synthesis.jobs[1]).state is JobState.CANCELLED
    run = studio.runs.get(ORGANISATION, synthesis.run.id)
    kept = {*studio.datasets.get(ORGANISATION, dataset.id).blob_ids, run.artifact_blob}
    assert studio.stored_blobs() == len(kept)


def test_a_silent_worker_keeps_its_lease(studio):
    job = queued(studio)
    seen = []

    def silent(running, on_progress):
        given = studio.jobs.get(ORGANISATION, running.id).lease_until
        give_up = time.monotonic() + 30
        while not seen and time.monotonic() < give_up:
            time.sleep(0.02)
            until = studio.jobs.get(ORGANISATION, running.id).lease_until
            seen.extend([until] if until > given else [])
        return Outcome(nothing, nothing)

    before = studio.now
    studio.clock_moves = True
    run = studio.run_job(
        work=doing(silent),
        lease=timedelta(seconds=0.3),
        clock=_ticking(before),
    )
    run(job.id)
    assert seen
    assert state(studio, job).state is JobState.SUCCEEDED


def _ticking(start):
    began = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - began)


def test_proofs_that_contradict_each_other_end_a_job_at_the_first_attempt(studio):
    job = queued(studio)

    def work(job, on_progress):
        raise AccountingError("Two proofs contradict each other; nothing is published.")

    studio.run_job(work=doing(work))(job.id)
    ended = state(studio, job)
    assert (ended.state, ended.attempt) == (JobState.FAILED, 1)
    assert ended.error.startswith("Two proofs contradict")
