"""kill -9 in mid-training: the job still ends done, once."""

import sqlite3

import pytest

from tests.e2e.servers import Instance, wait_until
from tests.small_tables import people_csv

pytestmark = pytest.mark.slow


@pytest.fixture
def instance(tmp_path):
    running = Instance(tmp_path / "data", {"STUDIO_JOB_LEASE_SECONDS": "5"})
    running.data_dir.mkdir()
    yield running
    running.stop()


def ask(instance, sql, *values):
    with sqlite3.connect(instance.data_dir / "studio.sqlite3", timeout=30) as database:
        return database.execute(sql, values).fetchall()


def in_the_instance(instance, program):
    return instance.manage("shell", "--no-imports", "-c", program)


def test_the_job_of_a_killed_worker_is_finished_once_by_the_next(instance, tmp_path):
    source = tmp_path / "people.csv"
    source.write_bytes(people_csv(rows=6000))
    instance.first_start()
    upload = f"""
from adapters.orm.members import system_actor
from config.wiring import web
actor = system_actor("My organisation")
incoming = web.receive_file()(actor, name="people.csv")
incoming.write(open({str(source)!r}, "rb").read())
print(web.upload_dataset()(actor, files=[incoming]).id)
"""
    dataset_id = in_the_instance(instance, upload).stdout.strip()
    first = instance.start_worker()
    profiled = "select count(*) from studio_jobrow where kind='profile' and state='succeeded'"
    wait_until(lambda: ask(instance, profiled) == [(1,)], "the dataset is profiled")
    start = f"""
from uuid import UUID
from adapters.orm.members import system_actor
from config.wiring import web
actor = system_actor("My organisation")
web.confirm_columns()(actor, dataset_id=UUID({dataset_id!r}))
web.start_synthesis()(
    actor, dataset_id=UUID({dataset_id!r}), evaluate=False, settings={{"max_epochs": 60}}
)
"""
    in_the_instance(instance, start)
    fitting = "select count(*) from studio_jobrow where kind='fit' and state='running' and done>0"
    wait_until(lambda: ask(instance, fitting) == [(1,)], "training is under way")
    instance.kill(first)
    instance.start_worker()
    ended = "select kind, state, attempt from studio_jobrow where kind<>'profile' order by kind"
    expected = [("fit", "succeeded", 2), ("pack", "succeeded", 1), ("sample", "succeeded", 1)]
    wait_until(lambda: ask(instance, ended) == expected, "the second worker ends it", seconds=240)
    finished = "select count(*) from studio_auditentryrow where action='training.finished'"
    assert ask(instance, finished) == [(1,)]
    assert instance.manage("verify_audit").returncode == 0
