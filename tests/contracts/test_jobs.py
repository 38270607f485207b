"""Promises of ``Jobs``: delivered at least once, finished once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.jobs import MAX_ATTEMPTS, Job, JobKind, JobState
from domain.kernel import Conflict, JobId, NotFound, OrganisationId
from tests.contracts.builders import NOON, a_job
from tests.contracts.worlds import World, orm_world

LEASE = timedelta(seconds=60)
SOON = NOON + timedelta(seconds=5)
LATE = NOON + timedelta(seconds=61)


def claimed(world: World, organisation: OrganisationId, **changes: Any) -> Job:
    job = a_job(world, organisation, **changes)
    return world.jobs.claim(job.id, "w1", NOON, LEASE)


def state_of(world: World, job: Job) -> tuple[JobState, str]:
    now = world.jobs.get(job.organisation_id, job.id)
    return now.state, now.error


def beat(world: World, job: Job, worker: str = "w1", **changes: Any) -> bool:
    progress = {"done": 3, "total": 9, "note": "Epoch 3", "cpu_seconds": 1.5}
    now = changes.pop("now", SOON)
    return world.jobs.beat(job.id, worker, now, LEASE, **{**progress, **changes})


def test_a_job_is_kept_and_delivered_once(live_world: World, organisation: OrganisationId) -> None:
    job = a_job(live_world, organisation)
    assert live_world.jobs.get(organisation, job.id) == job
    assert live_world.delivered == [job.id]


def test_a_job_added_in_a_failed_transaction_is_never_delivered(
    live_world: World, organisation: OrganisationId
) -> None:
    with pytest.raises(ZeroDivisionError), live_world.atomic():
        job_then_error(live_world, organisation)
    assert live_world.jobs.redeliver(LATE) == 0
    assert live_world.delivered == []


def job_then_error(world: World, organisation: OrganisationId) -> None:
    a_job(world, organisation)
    raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
def test_rows_deliver_a_job_when_the_transaction_commits_and_not_before() -> None:
    world = orm_world()
    with world.atomic():
        job = a_job(world, world.organisation())
        assert world.delivered == []
    assert world.delivered == [job.id]


def test_another_organisations_job_does_not_exist(
    live_world: World, organisation: OrganisationId
) -> None:
    job, stranger = a_job(live_world, organisation), live_world.organisation()
    with pytest.raises(NotFound):
        live_world.jobs.get(stranger, job.id)
    with pytest.raises(NotFound):
        live_world.jobs.request_cancel(stranger, job.id, NOON)
    assert live_world.jobs.latest(stranger, job.kind, job.subject_id) is None


def test_latest_is_the_newest_of_the_kind_for_the_subject(
    live_world: World, organisation: OrganisationId
) -> None:
    new = a_job(live_world, organisation, created_at=SOON)
    a_job(live_world, organisation, subject_id=new.subject_id)
    a_job(
        live_world,
        organisation,
        subject_id=new.subject_id,
        kind=JobKind.PROFILE,
        created_at=LATE,
    )
    assert live_world.jobs.latest(organisation, JobKind.FIT, new.subject_id) == new


def test_claiming_takes_the_job_for_the_length_of_the_lease_and_counts_the_attempt(
    live_world: World, organisation: OrganisationId
) -> None:
    job = a_job(live_world, organisation)
    taken = live_world.jobs.claim(job.id, "w1", NOON, LEASE)
    assert taken == replace(
        job,
        state=JobState.RUNNING,
        worker="w1",
        attempt=1,
        lease_until=NOON + LEASE,
        started_at=NOON,
    )
    assert live_world.jobs.get(organisation, job.id) == taken


def test_a_held_job_cannot_be_claimed_until_its_lease_runs_out(
    live_world: World, organisation: OrganisationId
) -> None:
    job = claimed(live_world, organisation)
    assert live_world.jobs.claim(job.id, "w2", SOON, LEASE) is None
    second = live_world.jobs.claim(job.id, "w2", LATE, LEASE)
    assert (second.worker, second.attempt, second.started_at) == ("w2", 2, NOON)


def test_an_unknown_job_cannot_be_claimed(live_world: World) -> None:
    unknown = JobId(live_world.organisation())
    assert live_world.jobs.claim(unknown, "w1", NOON, LEASE) is None


def test_of_ten_workers_asking_at_once_one_gets_the_job(
    live_world: World, organisation: OrganisationId, at_once: Callable[..., list[Any]]
) -> None:
    job = a_job(live_world, organisation)
    claims = at_once(live_world, lambda n: live_world.jobs.claim(job.id, f"w{n}", NOON, LEASE), 10)
    winners = [claim for claim in claims if claim]
    assert len(winners) == 1
    assert live_world.jobs.get(organisation, job.id) == winners[0]


def test_a_beat_renews_the_lease_and_shows_progress(
    live_world: World, organisation: OrganisationId
) -> None:
    job = claimed(live_world, organisation)
    assert beat(live_world, job)
    shown = live_world.jobs.get(organisation, job.id)
    assert (shown.done, shown.total, shown.note, shown.cpu_seconds) == (3, 9, "Epoch 3", 1.5)
    assert shown.seconds_left is None
    assert beat(live_world, job, seconds_left=42.5)
    assert live_world.jobs.get(organisation, job.id).seconds_left == 42.5
    assert live_world.jobs.claim(job.id, "w2", LATE, LEASE) is None


def test_who_lost_the_lease_changes_nothing_any_more(
    live_world: World, organisation: OrganisationId
) -> None:
    job = claimed(live_world, organisation)
    taken_over = live_world.jobs.claim(job.id, "w2", LATE, LEASE)
    assert not beat(live_world, job, now=LATE)
    live_world.jobs.retry(job.id, "w1", LATE, "Broke.")
    live_world.jobs.fail(job.id, "w1", LATE, "Broke.")
    live_world.jobs.cancelled(job.id, "w1", LATE)
    with pytest.raises(Conflict):
        live_world.jobs.succeed(job.id, "w1", LATE, 1.0)
    assert live_world.jobs.get(organisation, job.id) == taken_over


def test_a_lease_that_ran_out_is_lost_even_when_nobody_took_over(
    live_world: World, organisation: OrganisationId
) -> None:
    job = claimed(live_world, organisation)
    assert not beat(live_world, job, now=LATE)
    with pytest.raises(Conflict):
        live_world.jobs.succeed(job.id, "w1", LATE, 1.0)
    assert live_world.jobs.get(organisation, job.id) == job


def test_a_late_success_takes_its_result_back_with_it(
    live_world: World, organisation: OrganisationId
) -> None:
    job = claimed(live_world, organisation)
    live_world.jobs.claim(job.id, "w2", LATE, LEASE)
    with pytest.raises(Conflict), live_world.atomic():
        result_then_success(live_world, organisation, job)
    assert live_world.audit.head() is None


def result_then_success(world: World, organisation: OrganisationId, job: Job) -> None:
    world.audit.append(organisation, "w1", "run.trained", "r", {})
    world.jobs.succeed(job.id, "w1", LATE, 1.0)


def test_success_ends_the_job(live_world: World, organisation: OrganisationId) -> None:
    job = claimed(live_world, organisation)
    beat(live_world, job, seconds_left=42.5)
    live_world.jobs.succeed(job.id, "w1", SOON, 2.5)
    done = live_world.jobs.get(organisation, job.id)
    assert (done.state, done.ended_at, done.cpu_seconds) == (JobState.SUCCEEDED, SOON, 2.5)
    assert done.seconds_left is None
    assert live_world.jobs.claim(job.id, "w2", LATE, LEASE) is None


def test_a_job_after_another_waits_and_is_delivered_when_that_one_succeeds(
    live_world: World, organisation: OrganisationId
) -> None:
    first = a_job(live_world, organisation)
    second = a_job(live_world, organisation, after=first.id)
    assert state_of(live_world, second) == (JobState.WAITING, "")
    assert live_world.delivered == [first.id]
    assert live_world.jobs.claim(second.id, "w2", NOON, LEASE) is None
    live_world.jobs.claim(first.id, "w1", NOON, LEASE)
    live_world.jobs.succeed(first.id, "w1", SOON, 1.0)
    assert live_world.delivered == [first.id, second.id]
    assert live_world.jobs.claim(second.id, "w2", SOON, LEASE) is not None


def test_a_job_after_one_that_has_succeeded_is_delivered_at_once(
    live_world: World, organisation: OrganisationId
) -> None:
    first = claimed(live_world, organisation)
    live_world.jobs.succeed(first.id, "w1", SOON, 1.0)
    second = a_job(live_world, organisation, after=first.id)
    assert state_of(live_world, second) == (JobState.QUEUED, "")
    assert second.id in live_world.delivered


def test_a_job_after_one_that_has_failed_ends_at_once(
    live_world: World, organisation: OrganisationId
) -> None:
    first = claimed(live_world, organisation)
    live_world.jobs.fail(first.id, "w1", SOON, "It broke.")
    second = a_job(live_world, organisation, after=first.id)
    reason = "An earlier step did not finish: It broke."
    assert state_of(live_world, second) == (JobState.FAILED, reason)
    assert second.id not in live_world.delivered


def test_a_failure_ends_every_job_after_it_with_the_first_reason(
    live_world: World, organisation: OrganisationId
) -> None:
    first = claimed(live_world, organisation)
    second = a_job(live_world, organisation, after=first.id)
    third = a_job(live_world, organisation, after=second.id)
    live_world.jobs.fail(first.id, "w1", SOON, "It broke.")
    reason = "An earlier step did not finish: It broke."
    assert state_of(live_world, first) == (JobState.FAILED, "It broke.")
    assert state_of(live_world, second) == (JobState.FAILED, reason)
    assert state_of(live_world, third) == (JobState.FAILED, reason)
    assert live_world.jobs.get(organisation, third.id).ended_at == SOON


def test_a_broken_attempt_is_queued_and_delivered_again_until_none_is_left(
    live_world: World, organisation: OrganisationId
) -> None:
    job = a_job(live_world, organisation)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert live_world.jobs.claim(job.id, "w1", NOON, LEASE).attempt == attempt
        live_world.jobs.retry(job.id, "w1", SOON, "It broke.")
    assert state_of(live_world, job) == (JobState.FAILED, "It broke.")
    assert live_world.delivered == [job.id] * MAX_ATTEMPTS


def test_a_new_attempt_starts_without_the_old_ones_progress(
    live_world: World, organisation: OrganisationId
) -> None:
    job = claimed(live_world, organisation)
    beat(live_world, job)
    live_world.jobs.retry(job.id, "w1", SOON, "It broke.")
    again = live_world.jobs.claim(job.id, "w2", SOON, LEASE)
    assert (again.done, again.total, again.note) == (0, 0, "")


def test_a_job_whose_workers_died_too_often_fails_and_those_after_it_with_it(
    live_world: World, organisation: OrganisationId
) -> None:
    job = a_job(live_world, organisation)
    after = a_job(live_world, organisation, after=job.id)
    now = NOON
    for _ in range(MAX_ATTEMPTS):
        assert live_world.jobs.claim(job.id, "w", now, LEASE)
        now += 2 * LEASE
    assert live_world.jobs.claim(job.id, "w", now, LEASE) is None
    assert state_of(live_world, job)[0] is JobState.FAILED
    assert "stopped" in state_of(live_world, job)[1]
    assert state_of(live_world, after)[0] is JobState.FAILED


def test_cancelling_a_job_nobody_works_on_ends_it_and_those_after_it(
    live_world: World, organisation: OrganisationId
) -> None:
    job = a_job(live_world, organisation)
    after = a_job(live_world, organisation, after=job.id)
    ended = live_world.jobs.request_cancel(organisation, job.id, SOON)
    assert (ended.state, ended.ended_at) == (JobState.CANCELLED, SOON)
    assert state_of(live_world, after) == (JobState.CANCELLED, "")
    assert live_world.jobs.claim(job.id, "w1", SOON, LEASE) is None


def test_a_waiting_job_is_cancelled_without_touching_the_one_before(
    live_world: World, organisation: OrganisationId
) -> None:
    job = a_job(live_world, organisation)
    after = a_job(live_world, organisation, after=job.id)
    live_world.jobs.request_cancel(organisation, after.id, SOON)
    assert state_of(live_world, after) == (JobState.CANCELLED, "")
    live_world.jobs.claim(job.id, "w1", SOON, LEASE)
    live_world.jobs.succeed(job.id, "w1", SOON, 1.0)
    assert state_of(live_world, after) == (JobState.CANCELLED, "")


def test_a_running_job_learns_of_the_cancel_at_its_next_beat(
    live_world: World, organisation: OrganisationId
) -> None:
    job = claimed(live_world, organisation)
    after = a_job(live_world, organisation, after=job.id)
    asked = live_world.jobs.request_cancel(organisation, job.id, SOON)
    assert (asked.state, asked.cancel_requested) == (JobState.RUNNING, True)
    assert not beat(live_world, job)
    live_world.jobs.cancelled(job.id, "w1", SOON)
    assert state_of(live_world, job) == (JobState.CANCELLED, "")
    assert state_of(live_world, after) == (JobState.CANCELLED, "")


def test_a_cancel_survives_the_workers_death(
    live_world: World, organisation: OrganisationId
) -> None:
    job = claimed(live_world, organisation)
    live_world.jobs.request_cancel(organisation, job.id, SOON)
    assert live_world.jobs.claim(job.id, "w2", LATE, LEASE) is None
    assert state_of(live_world, job) == (JobState.CANCELLED, "")


def test_a_job_whose_worker_died_is_cancelled_at_once(
    live_world: World, organisation: OrganisationId
) -> None:
    job = claimed(live_world, organisation)
    assert live_world.jobs.request_cancel(organisation, job.id, LATE).state is JobState.CANCELLED


def test_an_ended_job_cannot_be_cancelled(live_world: World, organisation: OrganisationId) -> None:
    job = claimed(live_world, organisation)
    live_world.jobs.succeed(job.id, "w1", SOON, 1.0)
    with pytest.raises(Conflict, match="ended"):
        live_world.jobs.request_cancel(organisation, job.id, SOON)


def test_jobs_left_lying_and_jobs_of_dead_workers_are_delivered_again(
    live_world: World, organisation: OrganisationId
) -> None:
    lying = a_job(live_world, organisation)
    orphan = claimed(live_world, organisation, created_at=SOON)
    fresh = a_job(live_world, organisation, created_at=LATE)
    a_job(live_world, organisation, after=fresh.id)
    del live_world.delivered[:]
    assert live_world.jobs.redeliver(LATE) == 2
    assert live_world.delivered == [lying.id, orphan.id]
    assert live_world.jobs.redeliver(LATE + timedelta(seconds=1)) == 1, "only the dead worker's"
