"""Conditions and completed rows, as each face asks for them, shows them and refuses them."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from adapters.orm.models import AuditEntryRow, SyntheticDatasetRow, TrainingRunRow
from domain.kernel import Role
from tests.faces.instance import Api, person, refusal, work
from tests.faces.pages import (
    Browser,
    confirmed,
    refusal_in,
    signed_in,
    work_off,
)
from tests.small_tables import people_csv

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("quick_synthesizer"),
]

GIVEN = b"city,age\nBern,\n,44\nOslo,61\n"
START = {"synthesizer": "autoregressive", "seed": 3, "rows": 40, "holdout_percent": 20}


def run_of(browser: Browser, **fields: object) -> TrainingRunRow:
    dataset = confirmed(browser)
    answer = browser.post(f"/datasets/{dataset.id}/start/", {**START, **fields})
    assert answer.status_code == 302, refusal_in(answer)
    work_off()
    return TrainingRunRow.objects.latest("created_at")


def newest_rows(browser: Browser) -> pd.DataFrame:
    synthetic = SyntheticDatasetRow.objects.latest("created_at")
    answer = browser.get(f"/synthetic/{synthetic.id}/download/csv/")
    return pd.read_csv(io.BytesIO(b"".join(answer.streaming_content)))


def test_the_start_page_takes_conditions_and_the_run_page_shows_them():
    browser = signed_in()
    run = run_of(browser, where="age>=50\ncity=Bern", evaluate="on")
    rows = newest_rows(browser)
    assert (rows["age"] >= 50).all()
    assert set(rows["city"]) == {"Bern"}
    page = browser.get(f"/runs/{run.id}/").content.decode()
    assert "Every row fulfils: age &gt;= 50." in page
    assert "Every row fulfils: city = Bern." in page


def test_the_evaluation_page_says_what_the_twin_is_compared_with():
    browser = signed_in()
    run_of(browser, where="age>=30", amplify="city=Oslo:2", evaluate="on")
    evaluation = SyntheticDatasetRow.objects.latest("created_at").evaluations.get()
    page = browser.get(f"/evaluations/{evaluation.id}/").content.decode()
    assert "drawn under conditions (age &gt;= 30)" in page
    assert "Shares were changed on purpose" in page
    assert "city = Oslo" in page


@pytest.mark.parametrize(
    ("field", "typed", "word"),
    [
        ("where", "agee>=3", "no column named “agee”"),
        ("where", "age", "no test follows"),
        ("amplify", "city=Oslo", "a factor is missing"),
        ("stratify", "city=Oslo:3", "above 1"),
        ("impute", "nope", "no column named “nope”"),
    ],
)
def test_a_refused_condition_is_explained_beside_its_field(field, typed, word):
    browser = signed_in()
    dataset = confirmed(browser)
    answer = browser.post(f"/datasets/{dataset.id}/start/", {**START, field: typed})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert word in refusal_in(answer)
    start = page.index(f'id="id_{field}_error"')
    assert word in page[start : page.index("</p>", start)]
    assert typed.replace(">", "&gt;") in page  # what was typed is still there
    assert '<details class="conditions" open>' in page


def test_more_rows_take_conditions_and_say_what_is_wrong_with_them():
    browser = signed_in()
    run = run_of(browser)
    more = {"rows": 25, "seed": 9, "where": "city=Oslo"}
    assert browser.post(f"/runs/{run.id}/", more).status_code == 302
    work_off()
    assert set(newest_rows(browser)["city"]) == {"Oslo"}
    answer = browser.post(f"/runs/{run.id}/", {**more, "where": "city=Oslo\ncity=Bern"})
    assert answer.status_code == 400
    assert "exclude each other" in refusal_in(answer)
    assert 'id="id_where_error"' in answer.content.decode()


def test_a_page_completes_a_file_and_calls_the_rows_what_they_are():
    browser = signed_in()
    run = run_of(browser)
    file = SimpleUploadedFile("mine.csv", GIVEN)
    assert browser.post(f"/runs/{run.id}/complete/", {"file": file}).status_code == 302
    work_off()
    rows = newest_rows(browser)
    assert rows["city"][0] == "Bern"
    assert rows["age"].tolist()[1:] == [44, 61]
    assert not rows.isna().any().any()
    page = browser.get(f"/runs/{run.id}/").content.decode()
    assert "Completed rows" in page
    assert "only their gaps are synthetic" in page
    synthetic = SyntheticDatasetRow.objects.latest("created_at")
    assert f"/synthetic/{synthetic.id}/evaluate/" not in page
    assert browser.post(f"/synthetic/{synthetic.id}/pack/").status_code == 409


def test_a_page_refuses_a_file_that_does_not_fit():
    browser = signed_in()
    run = run_of(browser)
    file = SimpleUploadedFile("mine.csv", b"town,age\nBern,3\n")
    answer = browser.post(f"/runs/{run.id}/complete/", {"file": file})
    assert answer.status_code == 400
    assert "knows no column “town”" in refusal_in(answer)
    assert "Choose one file" in refusal_in(browser.post(f"/runs/{run.id}/complete/"))


def test_completed_rows_go_with_their_dataset():
    browser = signed_in()
    run = run_of(browser)
    browser.post(f"/runs/{run.id}/complete/", {"file": SimpleUploadedFile("mine.csv", GIVEN)})
    work_off()
    synthetic = SyntheticDatasetRow.objects.latest("created_at")
    browser.post(f"/datasets/{run.dataset_id}/delete/")
    assert browser.get(f"/synthetic/{synthetic.id}/download/csv/").status_code == 409
    page = browser.get(f"/runs/{run.id}/").content.decode()
    assert "did not finish" not in page


def trained(api: Api) -> dict:
    answer = api.upload(people_csv()).json()
    work(answer["job_id"])
    api.post(f"datasets/{answer['dataset_id']}/pii-flags", {"decisions": []})
    wanted = {"dataset_id": answer["dataset_id"], "evaluate": False, "pack": False}
    started = api.post("synthesize", {**wanted, "where": ["age>=50"]}).json()
    work(*[job["id"] for job in started["jobs"]])
    return started


def rows_of(api: Api, job_id: str) -> pd.DataFrame:
    answer = api.get(f"jobs/{job_id}/download")
    return pd.read_csv(io.BytesIO(b"".join(answer.streaming_content)))


def test_the_api_takes_conditions_and_says_them_back():
    api = Api.of()
    started = trained(api)
    assert started["conditions"] == ["Every row fulfils: age >= 50."]
    assert (rows_of(api, started["job_id"])["age"] >= 50).all()


def test_the_api_draws_more_rows():
    api = Api.of()
    run_id = trained(api)["run_id"]
    wanted = {"rows": 30, "seed": 5, "where": ["city in Bern,Oslo"], "stratify": ["city"]}
    more = api.post(f"generators/{run_id}/sample", wanted)
    assert more.status_code == 202
    work(more.json()["job_id"])
    assert set(rows_of(api, more.json()["job_id"])["city"]) == {"Bern", "Oslo"}


def test_the_api_refuses_an_empty_entry_and_names_a_field_once():
    api = Api.of()
    address = f"generators/{trained(api)['run_id']}/sample"
    empty = api.post(address, {"rows": 5, "where": ["age>=50", " "]})
    assert "where" in refusal(empty)
    assert "is empty; write what it asks for" in refusal(empty)
    unread = refusal(api.post(address, {"rows": 5, "amplify": ["city=Oslo"]}))
    assert unread.startswith("In “amplify”, a factor is missing")


def test_the_api_draws_parquet_alone():
    api = Api.of()
    run_id = trained(api)["run_id"]
    job_id = api.post(f"generators/{run_id}/sample", {"formats": ["parquet"]}).json()["job_id"]
    work(job_id)
    assert "Parquet only" in refusal(api.get(f"jobs/{job_id}/download"))
    assert api.get(f"jobs/{job_id}/download", format="parquet").status_code == 200


def test_the_api_completes_a_file():
    api = Api.of()
    run_id = trained(api)["run_id"]
    made = api.send(f"generators/{run_id}/complete", GIVEN, seed=3)
    assert made.status_code == 202, made.content
    work(made.json()["job_id"])
    assert rows_of(api, made.json()["job_id"])["age"].tolist()[1:] == [44, 61]
    synthetic_id = made.json()["synthetic_dataset_id"]
    assert "no synthetic twin" in refusal(api.post(f"datasets/{synthetic_id}/evaluate"))
    assert "knows no column" in refusal(api.send(f"generators/{run_id}/complete", b"a,b\n1,2\n"))


def test_a_viewer_completes_nothing():
    run_id = trained(Api.of())["run_id"]
    viewer = Api.of("eve", Role.VIEWER)
    assert viewer.send(f"generators/{run_id}/complete", GIVEN).status_code == 403


def test_the_api_names_the_field_of_a_bad_condition():
    api = Api.of()
    run_id = trained(api)["run_id"]
    said = refusal(api.post(f"generators/{run_id}/sample", {"where": ["agee>3"]}))
    assert said.startswith("Field “where”: there is no column named “agee”")
    said = refusal(api.post(f"generators/{run_id}/sample", {"where": "age>3"}))
    assert "where" in said


def test_the_log_of_an_instance_holds_no_typed_value():
    api = Api.of()
    run_id = trained(api)["run_id"]
    api.post(f"generators/{run_id}/sample", {"where": ["city=Lyon"]})
    leaves = b"".join(bytes(e.leaf) for e in AuditEntryRow.objects.all())
    assert b"city is" in leaves
    assert b"Lyon" not in leaves


def test_the_admin_shows_what_was_asked_and_changes_nothing():
    run_of(signed_in(), where="age>=50")
    synthetic = SyntheticDatasetRow.objects.latest("created_at")
    root = Browser()
    root.force_login(
        person("root", Role.ADMINISTRATOR, is_staff=True, is_superuser=True),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    page = root.get(f"/admin/studio/syntheticdatasetrow/{synthetic.id}/change/").content.decode()
    assert "&quot;age&quot;" in page
    assert 'name="spec"' not in page


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(people_csv())
    return path


def command(*words) -> None:
    call_command(*[str(word) for word in words])


def test_the_command_line_draws_under_conditions_and_completes_by_the_run(people, tmp_path):
    out = tmp_path / "out"
    plain = ["--no-evaluate", "--no-pack", "--rows", 50, "--format", "parquet"]
    command("synthesize", people, "--out", out, "--where", "age>=50", "--impute", "all", *plain)
    rows = pd.read_parquet(out / "synthetic.parquet")
    assert (rows["age"] >= 50).all()
    assert SyntheticDatasetRow.objects.get().tables[0]["csv_blob"] is None

    given = tmp_path / "given.csv"
    given.write_bytes(GIVEN)
    run = TrainingRunRow.objects.get()
    command("complete", run.id, given, "--out", tmp_path / "whole.csv")
    assert pd.read_csv(tmp_path / "whole.csv")["age"].tolist()[1:] == [44, 61]
    command("complete", run.id, given, "--out", tmp_path / "whole.parquet")
    assert len(pd.read_parquet(tmp_path / "whole.parquet")) == 3
    with pytest.raises(CommandError, match="there already"):
        command("complete", run.id, given, "--out", tmp_path / "whole.csv")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--where", "age"], "no test follows"),
        (["--amplify", "city=Oslo"], "factor is missing"),
        (["--where", "agee>3"], "no column named"),
        (["--where", "age>=65", "--where", "age<18"], "exclude each other"),
    ],
)
def test_the_command_line_refuses_in_one_sentence_and_writes_nothing(
    people, tmp_path, words, sentence
):
    with pytest.raises(CommandError, match=sentence):
        command("synthesize", people, "--out", tmp_path / "out", *words)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("run_id", "out", "sentence"),
    [
        ("nope", "whole.csv", "RUN_ID is the id"),
        ("7c1f6a52-6c0f-4b83-9a57-4a8f0b6a3a11", "whole.csv", "no such training run"),
        ("7c1f6a52-6c0f-4b83-9a57-4a8f0b6a3a11", "whole.xlsx", r"\.csv or \.parquet"),
    ],
)
def test_completing_refuses_in_one_sentence(people, tmp_path, run_id, out, sentence):
    with pytest.raises(CommandError, match=sentence):
        command("complete", run_id, people, "--out", tmp_path / out)
    assert not (tmp_path / out).exists()
