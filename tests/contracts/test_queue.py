"""What django-q2 is handed: ids, and no pile of packages."""

import ast
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from adapters.queue.django_q import deliver, ensure_schedules
from domain.kernel import JobId

pytestmark = pytest.mark.django_db


def packages() -> list[tuple[str, tuple[str, ...]]]:
    return [(row.func(), row.args()) for row in OrmQ.objects.order_by("id")]


def test_a_package_carries_the_jobs_id_and_nothing_else() -> None:
    job = JobId(uuid4())
    deliver(job)
    assert packages() == [("apps.worker.tasks.run_job", (str(job),))]
    assert OrmQ.objects.get().kwargs() == {}


def test_a_job_whose_package_lies_there_gets_no_second_one() -> None:
    first, second = JobId(uuid4()), JobId(uuid4())
    for job in (first, second, first, second):
        deliver(job)
    assert [args for _, args in packages()] == [(str(first),), (str(second),)]


def test_a_job_whose_package_was_taken_is_delivered_again() -> None:
    job = JobId(uuid4())
    deliver(job)
    OrmQ.objects.update(lock=timezone.now() + timedelta(days=1))  # as a worker does that takes it
    deliver(job)
    assert len(packages()) == 2


def test_a_package_that_cannot_be_read_stops_nothing() -> None:
    OrmQ.objects.create(key="studio", payload="garbage", lock=timezone.now())
    deliver(JobId(uuid4()))
    assert OrmQ.objects.count() == 2


def test_schedules_are_made_once_and_put_right_again() -> None:
    ensure_schedules()
    Schedule.objects.update(repeats=0, minutes=90)
    ensure_schedules()
    every_minute = Schedule.objects.get(func="apps.worker.tasks.redeliver")
    assert (every_minute.schedule_type, every_minute.minutes) == (Schedule.MINUTES, 1)
    assert Schedule.objects.get(func="apps.worker.tasks.expire").schedule_type == Schedule.HOURLY
    assert set(Schedule.objects.values_list("repeats", flat=True)) == {-1}


def test_everything_that_is_delivered_or_scheduled_exists() -> None:
    ensure_schedules()
    deliver(JobId(uuid4()))
    called = {row.func() for row in OrmQ.objects.all()}
    called |= set(Schedule.objects.values_list("func", flat=True))
    spec = find_spec("apps.worker.tasks")  # read, not imported: it loads torch
    assert spec
    assert spec.origin
    body = ast.parse(Path(spec.origin).read_text()).body
    there = {f"apps.worker.tasks.{f.name}" for f in body if isinstance(f, ast.FunctionDef)}
    assert called <= there
