"""The privacy budget as pages and the API show it."""

from __future__ import annotations

import pytest

from domain.kernel import Role
from tests.faces.instance import Api, refusal, work
from tests.faces.pages import confirmed, signed_in
from tests.small_tables import people_csv

pytestmark = pytest.mark.django_db


def prepared(api: Api) -> str:
    """A dataset whose columns are confirmed."""
    made = api.upload(people_csv(rows=60)).json()
    work(made["job_id"])
    assert (
        api.post(f"datasets/{made['dataset_id']}/pii-flags", {"decisions": []}).status_code == 200
    )
    return made["dataset_id"]


def asked(api: Api, dataset: str, epsilon: float):
    wanted = {"dataset_id": dataset, "synthesizer": "marginals", "epsilon": epsilon}
    return api.post("synthesize", {**wanted, "delta": 1e-5, "evaluate": False, "pack": False})


def test_the_api_tells_what_is_left_and_refuses_what_does_not_fit():
    api = Api.of()
    dataset = prepared(api)
    fresh = api.get(f"datasets/{dataset}/privacy-budget").json()
    assert fresh["budget"] == fresh["left"] == {"epsilon": 10.0, "delta": 1e-4}
    assert (fresh["spends"], fresh["kin"], fresh["decided"]) == ([], [], False)
    run = asked(api, dataset, 9.0).json()["run_id"]
    found = api.get(f"datasets/{dataset}/privacy-budget").json()
    assert found["reserved"]["epsilon"] == 9.0
    assert found["left"]["epsilon"] == 1.0
    (spend,) = found["spends"]
    assert (spend["subject_id"], spend["state"], spend["by"]) == (run, "reserved", "ada")
    assert found["forecast"].startswith("1 more release")
    refused = asked(api, dataset, 2.0)
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "budget_exceeded"
    assert "ask for at most 1" in refusal(refused)


def test_the_budget_of_another_organisation_does_not_exist():
    dataset = prepared(Api.of())
    stranger = Api.of("eve", Role.ADMINISTRATOR, "Bank")
    assert stranger.get(f"datasets/{dataset}/privacy-budget").status_code == 404


def test_the_page_of_a_dataset_tells_its_budget_its_spends_and_a_forecast():
    browser = signed_in()
    dataset = confirmed(browser)
    page = browser.get(f"/datasets/{dataset.id}/").content.decode()
    assert "Privacy budget" in page
    assert "10 more releases at ε = 1" in page
    assert "No private run has read these rows" in page


def test_rows_of_each_without_an_epsilon_or_an_entity_are_refused_and_cost_nothing():
    api = Api.of()
    dataset = prepared(api)
    wanted = {"dataset_id": dataset, "rows_per_entity": 3}
    assert "Name an epsilon" in refusal(api.post("synthesize", wanted))
    assert "needs an entity" in refusal(api.post("synthesize", {**wanted, "epsilon": 1.0}))
    assert api.get(f"datasets/{dataset}/privacy-budget").json()["spends"] == []
