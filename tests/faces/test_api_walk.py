"""The main job by curl: upload, confirm, synthesize, look, download."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import dataclass

import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from adapters.orm.models import TrainingRunRow
from config.wiring import web
from domain.compliance.evidence import verify_pack
from domain.kernel import Role
from tests.faces.instance import Api, actor, refusal, work
from tests.small_tables import people_csv

SDV_SCHEMA = {
    "METADATA_SPEC_VERSION": "SINGLE_TABLE_V1",
    "columns": {"age": {"sdtype": "categorical"}},
}
QUICK = {"settings": {"max_epochs": 1}}


@dataclass
class Made:
    api: Api
    dataset_id: str
    ids: dict

    def job(self, kind: str) -> str:
        return next(j["id"] for j in self.ids["jobs"] if j["kind"] == kind)


def confirmed(api: Api, content: bytes = b"", **fields) -> str:
    """A dataset that is ready for training."""
    up = api.upload(content or people_csv(120), **fields)
    assert up.status_code == 201, up.content
    work(up.json()["job_id"])
    dataset_id = up.json()["dataset_id"]
    answer = api.post(f"datasets/{dataset_id}/pii-flags", {"decisions": []})
    assert answer.status_code == 200, answer.content
    return dataset_id


def synthesized(api: Api, **asked) -> Made:
    dataset_id = confirmed(api)
    response = api.post("synthesize", {"dataset_id": dataset_id, **QUICK, **asked})
    assert response.status_code == 202, response.content
    made = Made(api, dataset_id, response.json())
    work(*[j["id"] for j in made.ids["jobs"]])
    return made


def body(response) -> bytes:
    return b"".join(response.streaming_content)


@pytest.mark.usefixtures("printed_papers", "short_boosting")
@pytest.mark.django_db(transaction=True)
def test_the_main_job_by_api():
    made = synthesized(Api.of(role=Role.ADMINISTRATOR), rows=30, target="rich", seed=3)
    _every_job_ended_well(made)
    _rows_come_as_csv_and_as_parquet(made)
    _the_pack_is_intact_from_both_addresses(made)
    _the_evaluation_has_scores(made)
    _a_fit_job_has_nothing_to_download(made)
    _the_model_card_is_about_the_run(made)
    _the_training_can_be_followed(made)
    _the_log_tells_all_of_it(made)
    _the_twin_can_be_evaluated_again(made)
    _nobody_else_finds_any_of_it(made, Api.of("eve", Role.ADMINISTRATOR, organisation="Bank"))
    _a_viewer_looks_but_takes_nothing_away(made, Api.of("vi", Role.VIEWER))


def _every_job_ended_well(made: Made) -> None:
    assert [j["kind"] for j in made.ids["jobs"]] == ["fit", "sample", "evaluate", "pack"]
    assert made.ids["job_id"] == made.job("sample")
    for job in made.ids["jobs"]:
        status = made.api.get(f"jobs/{job['id']}/status").json()
        assert (status["state"], status["share"], status["error"]) == ("succeeded", 1.0, "")
        assert status["kind"] == job["kind"]
        for link in status["links"].values():
            assert link.startswith("/api/v1/")


def _rows_come_as_csv_and_as_parquet(made: Made) -> None:
    path = f"jobs/{made.ids['job_id']}/download"
    as_csv = made.api.get(path)
    assert as_csv["Content-Type"] == "text/csv"
    assert "people-synthetic.csv" in as_csv["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(body(as_csv).decode())))
    assert len(rows) == 30
    assert list(rows[0]) == ["age", "city", "income", "rich"]
    as_parquet = made.api.get(path, format="parquet", table="people")
    assert pq.read_table(io.BytesIO(body(as_parquet))).num_rows == 30
    assert made.api.get(path, format="xlsx").status_code == 400
    assert made.api.get(path, table="other").status_code == 404
    assert made.api.get(path, tabel="people").status_code == 400


def _the_pack_is_intact_from_both_addresses(made: Made) -> None:
    by_job = made.api.get(f"jobs/{made.job('pack')}/download")
    by_run = made.api.get(f"generators/{made.ids['run_id']}/compliance-pack")
    assert by_job["Content-Type"] == by_run["Content-Type"] == "application/zip"
    content = body(by_run)
    assert body(by_job) == content
    check = verify_pack(io.BytesIO(content))
    assert check.intact
    assert check.pack_id == made.ids["pack_id"]
    assert "evaluation.json" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert made.api.get(f"jobs/{made.job('pack')}/download", format="csv").status_code == 400


def _the_evaluation_has_scores(made: Made) -> None:
    path = f"jobs/{made.job('evaluate')}/download"
    report = made.api.get(path).json()
    assert (report["schema"], report["rendering"]) == (2, "internal")
    assert {"name", "scope", "value", "baseline", "sentence"} <= set(report["scores"][0])
    assert made.api.get(path, rendering="shareable").json()["rendering"] == "shareable"
    assert made.api.get(path, rendering="pretty").status_code == 400
    pack = made.api.get(f"jobs/{made.job('pack')}/download", rendering="shareable")
    assert "Only the download of an evaluate job" in refusal(pack)


def _a_fit_job_has_nothing_to_download(made: Made) -> None:
    response = made.api.get(f"jobs/{made.job('fit')}/download")
    assert response.status_code == 409
    assert "A fit job makes nothing to download" in refusal(response)


def _the_model_card_is_about_the_run(made: Made) -> None:
    assert made.ids["synthesizer"] == "autoregressive"
    [why] = made.ids["notes"]
    assert why.startswith("Chosen automatically: “autoregressive”, because ")
    card = made.api.get(f"generators/{made.ids['run_id']}/model-card")
    assert card.json()["synthesizer"]["notes"][0] == why
    assert card.status_code == 200
    assert made.ids["run_id"] in json.dumps(card.json())


def _the_training_can_be_followed(made: Made) -> None:
    training = made.api.get(f"generators/{made.ids['run_id']}/training").json()
    assert training["synthesizer"] == "autoregressive"
    assert training["notes"][0] == made.ids["notes"][0]
    assert {"torch", "threads", "instruction_set"} <= set(training["versions"])
    card = made.api.get(f"generators/{made.ids['run_id']}/model-card").json()
    assert training["learning_curves"] == card["synthesizer"]["learning_curves"]
    fit = made.api.get(f"jobs/{made.job('fit')}/status").json()
    assert fit["seconds_left"] is None
    assert fit["links"]["training"].endswith(f"generators/{made.ids['run_id']}/training")


def _the_log_tells_all_of_it(made: Made) -> None:
    log = made.api.get("audit/logs", limit=1000).json()
    actions = [json.loads(e["leaf"])["action"] for e in log["entries"]]
    for action in (
        "dataset.uploaded",
        "columns.confirmed",
        "synthetic.downloaded",
        "evaluation.downloaded",
    ):
        assert action in actions
    last = log["entries"][-1]
    assert (last["root"], last["signature"]) == (log["head"]["root"], log["head"]["signature"])
    assert log["head"]["size"] == last["index"] + 1
    assert log["next"] is None
    first = made.api.get("audit/logs", limit=2).json()
    assert first["next"] == first["entries"][-1]["index"] + 1
    rest = made.api.get("audit/logs", start=first["next"], limit=1000).json()
    assert first["entries"] + rest["entries"][: len(log["entries"]) - 2] == log["entries"]


def _the_twin_can_be_evaluated_again(made: Made) -> None:
    path = f"datasets/{made.ids['synthetic_dataset_id']}/evaluate"
    again = made.api.post(path, {"seed": 1})
    assert again.status_code == 202
    status = made.api.get(f"jobs/{again.json()['job_id']}/status").json()
    assert (status["kind"], status["state"]) == ("evaluate", "queued")
    assert "download" not in status["links"]
    waiting = made.api.get(f"jobs/{again.json()['job_id']}/download")
    assert waiting.status_code == 409
    assert "not finished" in refusal(waiting)


def _nobody_else_finds_any_of_it(made: Made, other: Api) -> None:
    ids = made.ids
    for path in (
        f"jobs/{ids['job_id']}/status",
        f"jobs/{ids['job_id']}/download",
        f"jobs/{made.job('pack')}/download",
        f"jobs/{made.job('evaluate')}/download",
        f"datasets/{made.dataset_id}/pii-flags",
        f"generators/{ids['run_id']}/training",
        f"generators/{ids['run_id']}/model-card",
        f"generators/{ids['run_id']}/compliance-pack",
    ):
        assert other.get(path).status_code == 404, path
    for path, sent in (
        ("synthesize", {"dataset_id": made.dataset_id}),
        (f"datasets/{made.dataset_id}/profile", {}),
        (f"datasets/{made.dataset_id}/pii-flags", {"decisions": []}),
        (f"datasets/{ids['synthetic_dataset_id']}/evaluate", {}),
    ):
        assert other.post(path, sent).status_code == 404, path
    leaves = [json.loads(e["leaf"]) for e in other.get("audit/logs").json()["entries"]]
    assert {leaf["action"] for leaf in leaves} == {"key.created"}


def _a_viewer_looks_but_takes_nothing_away(made: Made, viewer: Api) -> None:
    assert viewer.get(f"jobs/{made.ids['job_id']}/status").status_code == 200
    assert viewer.get(f"jobs/{made.job('evaluate')}/download").status_code == 200
    assert viewer.get(f"jobs/{made.ids['job_id']}/download").status_code == 403
    assert viewer.get(f"jobs/{made.job('pack')}/download").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_the_same_seed_gives_the_same_rows():
    api = Api.of()
    twins = [
        body(api.get(f"jobs/{synthesized(api, **asked).ids['job_id']}/download"))
        for asked in 2 * [{"seed": 9, "rows": 20, "evaluate": False, "pack": False}]
    ]
    assert twins[0] == twins[1]


@pytest.mark.django_db(transaction=True)
class TestColumns:
    def test_an_upload_says_what_was_read(self):
        response = Api.of().upload(people_csv(50), name="People of the clinic")
        assert response.status_code == 201
        document = response.json()
        assert document["name"] == "People of the clinic"
        assert document["rows"] == 50
        assert document["tables"] == [
            {"name": "people", "rows": 50, "columns": ["age", "city", "income", "rich"]}
        ]

    def test_several_files_become_tables_of_one_dataset(self):
        files = [SimpleUploadedFile(f"{n}.csv", people_csv(20)) for n in ("old", "new")]
        response = Api.of().form({"file": files})
        assert [t["name"] for t in response.json()["tables"]] == ["old", "new"]

    def test_flags_wait_for_confirmation(self):
        api = Api.of()
        emails = [f"p{n}@clinic.example" for n in range(40)]
        table = "email,age\n" + "".join(f"{e},{20 + n}\n" for n, e in enumerate(emails))
        up = api.upload(table.encode()).json()
        path = f"datasets/{up['dataset_id']}/pii-flags"
        early = api.get(path)
        assert early.status_code == 409
        assert "not profiled" in refusal(early)
        work(up["job_id"])
        found = api.get(path).json()
        assert found["confirmed"] is False
        assert [(f["column"], f["kind"]) for f in found["flags"]] == [("email", "email")]
        assert "clinic.example" not in json.dumps(found)
        too_early = api.post("synthesize", {"dataset_id": up["dataset_id"]})
        assert too_early.status_code == 409
        drop = {"table": "people", "column": "email", "pii_action": "drop"}
        fixed = api.post(path, {"decisions": [drop]}).json()
        assert (fixed["confirmed"], fixed["confirmed_by"]) == (True, "ada")
        assert (found["confirmation"], fixed["confirmation"]) == (None, "seen")
        assert {c["column"]: c["pii_action"] for c in fixed["columns"]}["email"] == "drop"

    def test_a_person_says_what_means_missing(self):
        api = Api.of()
        cells = "".join(f"{n},{'?AB'[n % 3]}\n" for n in range(60))
        up = api.upload(f"age,work\n{cells}".encode()).json()
        work(up["job_id"])
        path = f"datasets/{up['dataset_id']}/pii-flags"
        work_column = api.get(path).json()["columns"][1]
        assert (work_column["missing_candidate"], work_column["missing_word"]) == ("?", "")
        decision = {"table": work_column["table"], "column": "work", "missing_word": "?"}
        fixed = api.post(path, {"decisions": [decision]}).json()
        assert fixed["columns"][1]["missing_word"] == "?"

    def test_a_decision_about_a_column_that_is_not_there_is_refused(self):
        api = Api.of()
        dataset_id = confirmed(api)
        bad = {"decisions": [{"table": "people", "column": "shoe", "sdtype": "integer"}]}
        response = api.post(f"datasets/{dataset_id}/pii-flags", bad)
        assert response.status_code == 400
        assert "shoe" in refusal(response)

    def test_a_schema_may_come_as_a_file_or_as_text(self):
        api = Api.of()
        schema = json.dumps(SDV_SCHEMA).encode()
        table = SimpleUploadedFile("people.csv", people_csv(40))
        as_file = SimpleUploadedFile("schema.json", schema)
        answers = [
            api.form({"file": table, "schema": as_file}),
            api.upload(people_csv(40), schema=schema.decode()),
        ]
        for answer in answers:
            assert answer.status_code == 201, answer.content
            work(answer.json()["job_id"])
            found = api.get(f"datasets/{answer.json()['dataset_id']}/pii-flags").json()
            assert {c["column"]: c["sdtype"] for c in found["columns"]}["age"] == "categorical"

    def test_a_dataset_is_profiled_again_but_not_twice_at_once(self):
        api = Api.of()
        dataset_id = confirmed(api)
        again = api.post(f"datasets/{dataset_id}/profile")
        assert again.status_code == 202
        twice = api.post(f"datasets/{dataset_id}/profile")
        assert twice.status_code == 409
        work(again.json()["job_id"])
        found = api.get(f"datasets/{dataset_id}/pii-flags").json()
        assert found["confirmed"] is False
        status = api.get(f"jobs/{again.json()['job_id']}/status").json()
        assert status["links"]["pii_flags"] == f"/api/v1/datasets/{dataset_id}/pii-flags"


@pytest.mark.django_db(transaction=True)
class TestSynthesis:
    def test_an_unknown_target_or_setting_or_share_is_refused(self):
        api = Api.of()
        dataset_id = confirmed(api)
        for asked, word in (
            ({"target": "shoe"}, "shoe"),
            ({"settings": {"speed": 3}}, "speed"),
            ({"settings": {"max_epochs": -1}}, "max_epochs"),
            ({"holdout_share": 0.9}, "holdout"),
            ({"rows": 0}, "rows"),
            ({"seed": -1}, "seed"),
        ):
            response = api.post("synthesize", {"dataset_id": dataset_id, **asked})
            assert response.status_code == 400, asked
            assert word in refusal(response)

    def test_a_pack_is_not_there_before_it_is_asked_for_and_built(self):
        api = Api.of()
        dataset_id = confirmed(api)
        without = api.post("synthesize", {"dataset_id": dataset_id, "pack": False}).json()
        assert without["pack_id"] is None
        absent = api.get(f"generators/{without['run_id']}/compliance-pack")
        assert absent.status_code == 404
        asked = api.post("synthesize", {"dataset_id": dataset_id}).json()
        building = api.get(f"generators/{asked['run_id']}/compliance-pack")
        assert building.status_code == 409
        assert "not built yet" in refusal(building)
        card = api.get(f"generators/{asked['run_id']}/model-card")
        assert card.status_code == 409

    def test_a_preflight_says_what_a_fit_would_take(self):
        api = Api.of()
        dataset_id = confirmed(api)
        asked = {"synthesizer": "autoregressive", "settings": {"max_steps": 5}}
        told = api.post(f"datasets/{dataset_id}/preflight", asked)
        assert told.status_code == 200
        assert told.json()["synthesizer"] == "autoregressive"
        assert told.json()["timed"] is False
        assert told.json()["sentence"].startswith("Fitting is expected to take about ")
        longer = api.post(f"datasets/{dataset_id}/preflight", {}).json()
        assert longer["seconds"] > told.json()["seconds"]
        assert longer["reasons"][0].startswith("Chosen automatically")
        refused = api.post(f"datasets/{dataset_id}/preflight", {"settings": {"magic": 1}})
        assert refused.status_code == 400
        assert "no setting “magic”" in refusal(refused)

    def test_the_download_of_a_cancelled_job_says_so(self):
        api = Api.of()
        ids = api.post("synthesize", {"dataset_id": confirmed(api)}).json()
        web.cancel_job()(actor(), job_id=ids["jobs"][0]["id"])
        response = api.get(f"jobs/{ids['job_id']}/download")
        assert response.status_code == 409
        assert "was cancelled" in refusal(response)


@pytest.mark.django_db
class TestKeys:
    def test_a_new_key_works_until_it_is_revoked(self):
        api = Api.of(role=Role.ADMINISTRATOR)
        made = api.post("keys", {"name": "nightly", "days": 30})
        assert made.status_code == 201
        new = Api(made.json()["secret"])
        assert new.get("audit/logs").status_code == 200
        assert api.delete(f"keys/{made.json()['id']}").status_code == 204
        assert new.get("audit/logs").status_code == 401
        assert api.delete(f"keys/{made.json()['id']}").status_code == 404

    def test_a_key_of_another_organisation_cannot_be_revoked(self):
        made = Api.of().post("keys", {"name": "nightly"}).json()
        assert Api.of("eve", organisation="Bank").delete(f"keys/{made['id']}").status_code == 404

    @pytest.mark.parametrize("bad", [{"name": " "}, {"name": "k", "days": 0}, {"days": 5}])
    def test_a_key_needs_a_name_and_a_life(self, bad):
        response = Api.of().post("keys", bad)
        assert response.status_code == 400
        refusal(response)


@pytest.mark.django_db(transaction=True)
def test_other_real_rows_can_be_brought_as_a_holdout():
    api = Api.of()
    dataset_id = confirmed(api)
    other = api.upload(people_csv(rows=30, seed=1), role="holdout").json()
    assert other["job_id"] is None
    wanted = {"dataset_id": dataset_id, "holdout_dataset_id": other["dataset_id"], "pack": False}
    made = api.post("synthesize", {**wanted, **QUICK, "evaluate": False}).json()
    work(made["jobs"][0]["id"])
    run = TrainingRunRow.objects.get(id=made["run_id"])
    assert (run.rows_trained, run.rows_held_out) == (120, 30)
