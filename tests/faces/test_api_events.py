"""Logs of events and series by the API: keys suggested, confirmed, named, and what is counted."""

from __future__ import annotations

import json

import pytest

from adapters.orm.models import TrainingRunRow
from tests.faces.instance import Api, refusal, work
from tests.small_tables import hourly_csv, payments_csv

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick_synthesizer")]

KEYS = {"entity": "account_id", "time": "date"}


def _profiled(api: Api, content: bytes) -> str:
    up = api.upload(content, "log.csv").json()
    work(up["job_id"])
    return up["dataset_id"]


def _confirmed(api: Api, content: bytes, **said) -> str:
    dataset_id = _profiled(api, content)
    answer = api.post(f"datasets/{dataset_id}/pii-flags", {"decisions": [], **said})
    assert answer.status_code == 200, answer.content
    return dataset_id


def _sequences(made) -> dict:
    assert made.status_code == 202, made.content
    return TrainingRunRow.objects.get(id=made.json()["run_id"]).sequences


def test_what_looks_like_a_log_is_suggested_and_a_person_confirms_it():
    api = Api.of()
    dataset_id = _profiled(api, payments_csv())
    path = f"datasets/{dataset_id}/pii-flags"
    [log] = api.get(path).json()["events"]
    assert (log["suggested"], log["confirmed"]) == (KEYS, None)
    assert log["in_words"] == "events of “account_id” ordered by “date”"
    [log] = api.post(path, {"decisions": [], "events": {"log": KEYS}}).json()["events"]
    assert log["confirmed"] == KEYS
    made = api.post("synthesize", {"dataset_id": dataset_id, "evaluate": False, "pack": False})
    assert made.json()["synthesizer"] == "sequences"
    assert _sequences(made) == {"log": KEYS}
    [log] = api.post(path, {"decisions": [], "events": {"log": None}}).json()["events"]
    assert (log["suggested"], log["confirmed"]) == (KEYS, None)


def test_a_log_that_nobody_confirmed_is_learned_row_by_row_and_a_note_says_so():
    api = Api.of()
    made = api.post("synthesize", {"dataset_id": _confirmed(api, payments_csv())}).json()
    assert (made["synthesizer"], made["events"]) == ("autoregressive", [])
    assert any("looks like events of “account_id”" in note for note in made["notes"])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"log": {"entity": "shoe"}}, "no column named “shoe”"),
        ({"logs": KEYS}, "no table named “logs”"),
        ({"log": {"entity": "account_id", "time": "kind"}}, "cannot be read as a time"),
        ({"log": {"whose": "account_id"}}, "there is no field “whose”"),
    ],
)
def test_keys_that_cannot_serve_are_not_confirmed(said, words):
    api = Api.of()
    path = f"datasets/{_profiled(api, payments_csv())}/pii-flags"
    answer = api.post(path, {"decisions": [], "events": said})
    assert answer.status_code == 400
    assert words in refusal(answer)
    assert api.get(path).json()["confirmed"] is False


def test_keys_may_be_named_when_a_twin_is_asked_for():
    api = Api.of()
    asked = {"dataset_id": _confirmed(api, payments_csv()), **KEYS}
    made = api.post("synthesize", asked)
    assert made.json()["synthesizer"] == "sequences"
    [log] = made.json()["events"]
    assert log == {"table": "log", **KEYS, "in_words": "events of “account_id” ordered by “date”"}
    training = api.get(f"generators/{made.json()['run_id']}/training").json()
    assert training["events"] == [log]


def test_an_entity_alone_names_nobodys_history():
    api = Api.of()
    asked = {"dataset_id": _confirmed(api, payments_csv()), "entity": "account_id"}
    assert "name the “time” too" in refusal(api.post("synthesize", asked))
    by_order = api.post("synthesize", {**asked, "synthesizer": "sequences"})
    assert _sequences(by_order) == {"log": {"entity": "account_id", "time": None}}


def test_with_an_epsilon_whose_history_it_is_is_also_who_is_protected():
    api = Api.of()
    dataset_id = _confirmed(api, payments_csv())
    asked = {"dataset_id": dataset_id, "epsilon": 1, "delta": 1e-6, "pack": False}
    made = api.post("synthesize", {**asked, **KEYS})
    assert _sequences(made) == {"log": KEYS}
    run = TrainingRunRow.objects.get(id=made.json()["run_id"])
    assert (run.synthesizer, run.privacy["unit"]) == ("sequences", "account_id")
    rowwise = api.post("synthesize", {**asked, "entity": "account_id"}).json()
    assert rowwise["synthesizer"] == "marginals"
    assert not any("looks like" in note for note in rowwise["notes"])
    series = {"dataset_id": dataset_id, "time": "date", "epsilon": 1}
    assert "One long series" in refusal(api.post("synthesize", series))


def test_timeseries_takes_what_was_confirmed_or_suggested_or_one_series():
    api = Api.of()
    dataset_id = _confirmed(api, payments_csv())
    path = f"generators/dataset/{dataset_id}/timeseries"
    assert _sequences(api.post(path)) == {"log": KEYS}
    assert _sequences(api.post(path, {"time": "date"})) == {"log": {"entity": None, "time": "date"}}
    series = _confirmed(api, hourly_csv())
    found = _sequences(api.post(f"generators/dataset/{series}/timeseries"))
    assert found == {"log": {"entity": None, "time": "time"}}


def test_timeseries_answers_as_synthesize_does_and_draws_entities():
    api = Api.of()
    dataset_id = _confirmed(api, payments_csv())
    asked = {**KEYS, "entities": 7, "seed": 3, "evaluate": False}
    made = api.post(f"generators/dataset/{dataset_id}/timeseries", asked)
    like = api.post("synthesize", {"dataset_id": dataset_id, **asked})
    assert set(made.json()) == set(like.json())
    assert [j["kind"] for j in made.json()["jobs"]] == ["fit", "sample", "pack"]
    work(*[j["id"] for j in made.json()["jobs"]])
    card = api.get(f"generators/{made.json()['run_id']}/model-card").json()
    assert card["synthetic_data"]["tables"][0]["rows"] == 7  # what is asked of the engine
    more = f"generators/{made.json()['run_id']}/sample"
    assert api.post(more, {"entities": 2}).status_code == 202
    assert "draws whole histories" in refusal(api.post(more, {"rows": 2}))


def test_rows_and_entities_are_not_mistaken_for_each_other():
    api = Api.of()
    dataset_id = _confirmed(api, payments_csv())
    path = f"generators/dataset/{dataset_id}/timeseries"
    assert "draws whole histories" in refusal(api.post(path, {**KEYS, "rows": 5}))
    rowwise = {"dataset_id": dataset_id, "entities": 5}
    assert "Entities are counted where" in refusal(api.post("synthesize", rowwise))
    nobody = api.post(f"generators/dataset/{dataset_id}/timeseries", {"entity": "shoe"})
    assert "no column named “shoe”" in refusal(nobody)
    assert not TrainingRunRow.objects.exists()


def test_a_preflight_of_histories_is_about_histories():
    api = Api.of()
    dataset_id = _confirmed(api, payments_csv())
    told = api.post(f"datasets/{dataset_id}/preflight", KEYS).json()
    assert told["synthesizer"] == "sequences"
    assert "histories" in json.dumps(told["reasons"])


def test_a_preflight_tells_of_a_log_that_would_be_learned_row_by_row():
    api = Api.of()
    dataset_id = _confirmed(api, payments_csv())
    told = api.post(f"datasets/{dataset_id}/preflight", {}).json()
    assert told["synthesizer"] == "autoregressive"
    assert any("looks like events of “account_id”" in reason for reason in told["reasons"])


FAULTY = [
    ({"entity": "shoe", "time": "date"}, "no column named “shoe”"),
    ({**KEYS, "target": "shoe"}, "no column named “shoe”"),
    ({**KEYS, "entities": 0}, "number of entities"),
    ({**KEYS, "where": ["kind"]}, "kind"),
    ({**KEYS, "holdout_share": 0.9}, "holdout share"),
    ({**KEYS, "rowz": 3}, "rowz"),
]


def test_a_faulty_body_is_named_before_the_confirmation_that_is_missing():
    api = Api.of()
    path = f"generators/dataset/{_profiled(api, payments_csv())}/timeseries"
    for body, words in FAULTY:
        answer = api.post(path, body)
        assert answer.status_code == 400, answer.content
        assert words in refusal(answer)
    answer = api.post(path, KEYS)
    assert answer.status_code == 409
    assert "not confirmed yet" in refusal(answer)


def test_the_job_of_a_sample_says_what_was_asked_of_its_rows():
    api = Api.of()
    asked = {**KEYS, "events": "4-6", "evaluate": False, "pack": False}
    made = api.post(f"generators/dataset/{_confirmed(api, payments_csv())}/timeseries", asked)
    assert made.status_code == 202, made.content
    told = [api.get(f"jobs/{job['id']}/status").json() for job in made.json()["jobs"]]
    assert [job["conditions"] for job in told] == [[], ["Every history has 4 to 6 events."]]
