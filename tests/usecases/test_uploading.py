import gzip
import hashlib

import pytest

from domain.datasets.entities import DatasetRole
from domain.jobs import JobKind, JobState
from domain.kernel import BadInput, Conflict, NotAllowed, NotFound, Role, TooLarge
from tests.small_tables import people_csv
from tests.studio import ORGANISATION, OTHER_ORGANISATION, actor


def test_an_upload_keeps_the_file_its_table_and_their_facts(studio):
    data = people_csv(rows=50)
    dataset = studio.uploaded(data)
    assert dataset.files[0].sha256 == hashlib.sha256(data).hexdigest()
    assert dataset.files[0].size == len(data)
    assert [(t.rows, t.columns) for t in dataset.tables] == [
        (50, ("age", "city", "income", "rich"))
    ]
    with studio.blobs.open(ORGANISATION, dataset.files[0].blob_id) as stream:
        assert stream.read() == data


def test_an_upload_queues_its_profile_and_is_audited(studio):
    dataset = studio.uploaded()
    job = studio.jobs.latest(ORGANISATION, JobKind.PROFILE, dataset.id)
    assert job.state is JobState.QUEUED
    assert studio.jobs.delivered == [job.id]
    assert studio.actions() == ["dataset.uploaded"]


def test_a_dataset_expires_after_the_retention_of_its_organisation(studio):
    dataset = studio.uploaded()
    assert (dataset.expires_at - dataset.created_at).days == 30


def test_a_population_is_opened_for_every_dataset_with_the_budget_of_the_instance(studio):
    dataset = studio.uploaded(people_csv(rows=500))
    population = studio.ledger.population_of(ORGANISATION, dataset.id)
    assert (population.unit, population.name) == ("row", "people.csv")
    assert population.budget == studio.budget
    assert not population.decided


def test_a_holdout_is_not_profiled(studio):
    dataset = studio.holdout(people_csv())
    assert dataset.role is DatasetRole.HOLDOUT
    assert studio.jobs.delivered == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"age,city\n",
        b"age\n1\n2\n",
        b"a,b\n1,2,3\n",
        b"\x00\x01\x02\xff\xfe" * 99,
        b"a,a\n1,2\n",
    ],
    ids=["empty", "header only", "one column", "ragged", "binary", "duplicate headers"],
)
def test_a_file_that_cannot_be_used_is_refused_and_leaves_nothing(studio, data):
    with pytest.raises(BadInput) as refusal:
        studio.uploaded(data)
    assert refusal.value.message.endswith(".")
    assert "\n" not in refusal.value.message
    assert studio.stored_blobs() == 0
    assert studio.jobs.delivered == []
    assert studio.actions() == []


def test_when_the_second_file_is_refused_nothing_of_the_first_stays(studio):
    files = [studio.file(people_csv(), "good.csv"), studio.file(b"", "bad.csv")]
    with pytest.raises(BadInput):
        studio.upload(actor(), files=files)
    assert studio.stored_blobs() == 0


def test_two_tables_of_one_name_are_refused(studio):
    files = [studio.file(people_csv(), "a/people.csv"), studio.file(people_csv(), "b/people.csv")]
    with pytest.raises(BadInput, match="called"):
        studio.upload(actor(), files=files)
    assert studio.stored_blobs() == 0


def test_a_bad_schema_is_refused_before_anything_is_kept(studio):
    with pytest.raises(BadInput):
        studio.upload(actor(), files=[studio.file(people_csv())], schema=b"{broken")
    assert studio.stored_blobs() == 0


def test_an_upload_without_a_file_is_refused(studio):
    with pytest.raises(BadInput, match="Choose a file"):
        studio.upload(actor(), files=[])


def test_a_file_over_the_limit_is_refused_while_it_arrives(studio):
    incoming = studio.receive(actor(), name="big.csv")
    incoming.write(b"x" * 600_000)
    with pytest.raises(TooLarge, match="command line"):
        incoming.write(b"x" * 600_000)
    assert studio.stored_blobs() == 0


def test_a_viewer_may_not_upload(studio):
    with pytest.raises(NotAllowed):
        studio.receive(actor(Role.VIEWER), name="people.csv")
    with pytest.raises(NotAllowed):
        studio.upload(actor(Role.VIEWER), files=[studio.file(people_csv())])
    assert studio.stored_blobs() == 0


def test_a_project_of_another_organisation_does_not_exist(studio):
    project = studio.create_project(actor(organisation_id=OTHER_ORGANISATION), name="Theirs")
    with pytest.raises(NotFound):
        studio.upload(actor(), files=[studio.file(people_csv())], project_id=project)
    assert studio.stored_blobs() == 0


def test_two_projects_of_one_name_are_refused(studio):
    studio.create_project(actor(), name="Trial")
    with pytest.raises(Conflict):
        studio.create_project(actor(), name="Trial")


def test_a_path_in_a_file_name_is_cut_off(studio):
    assert studio.receive(actor(), name="..\\..\\etc/passwd.csv").name == "passwd.csv"


def test_a_packed_file_that_unpacks_to_more_than_the_limit_is_refused_and_not_kept(studio):
    packed = gzip.compress(b"age,city\n" + b"30,Bern\n" * 2_000_000)
    with pytest.raises(TooLarge, match="command line"):
        studio.uploaded(packed, "people.csv.gz")
    assert studio.stored_blobs() == 0
