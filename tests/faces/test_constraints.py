"""Rules by page, API and command line."""

from __future__ import annotations

import io
import json
import zipfile

import pandas as pd
import pytest
from django.core.management import call_command

from adapters.orm.models import DatasetRow
from tests.faces.instance import Api, work
from tests.faces.pages import Browser, refusal_in, signed_in, uploaded, work_off
from tests.faces.test_command_synthesize import blobs, refused  # noqa: F401  a fixture
from tests.usecases.test_constraints import SUGGESTED, stays_csv

pytestmark = pytest.mark.django_db(transaction=True)


def profiled_stays(browser: Browser) -> DatasetRow:
    dataset = uploaded(browser, stays_csv())
    work_off()
    dataset.refresh_from_db()
    return dataset


def table_of(dataset: DatasetRow) -> dict:
    dataset.refresh_from_db()
    [table] = dataset.metadata["tables"].values()
    return table


def test_the_page_shows_suggestions_ticked_and_keeps_what_stays_ticked():
    browser = signed_in()
    dataset = profiled_stays(browser)
    page = browser.get(f"/datasets/{dataset.id}/columns/").content.decode()
    assert 'value="came &lt;= went" checked' in page
    answer = browser.post(
        f"/datasets/{dataset.id}/columns/",
        {"rule-0": [SUGGESTED[0]], "rules-0": "  room_charge >= 0\n\nunique(came, charge)"},
    )
    assert answer.status_code == 302
    assert table_of(dataset)["constraints"] == [
        SUGGESTED[0],
        "room_charge >= 0",
        "unique(came, charge)",
    ]
    page = browser.get(f"/datasets/{dataset.id}/columns/").content.decode()
    assert 'value="came &lt;= went"> ' in page
    assert "room_charge &gt;= 0\nunique(came, charge)</textarea>" in page


def test_a_rule_that_cannot_be_read_comes_back_with_the_reason_and_as_typed():
    browser = signed_in()
    dataset = profiled_stays(browser)
    fields = {"rule-0": [], "rules-0": "came before went"}
    answer = browser.post(f"/datasets/{dataset.id}/columns/", fields)
    assert answer.status_code == 400
    assert "came before went" in refusal_in(answer)
    page = answer.content.decode()
    assert "came before went</textarea>" in page
    assert 'value="came &lt;= went"> ' in page
    assert table_of(dataset)["constraints"] == SUGGESTED


def test_the_api_shows_and_takes_rules_by_table():
    api = Api.of("robot")
    answer = api.upload(stays_csv(), "stays.csv")
    dataset_id = answer.json()["dataset_id"]
    work(answer.json()["job_id"])
    shown = api.get(f"datasets/{dataset_id}/pii-flags").json()["constraints"]
    assert [(r["rule"], r["suggested"], r["kept"]) for r in shown] == [
        (rule, True, True) for rule in SUGGESTED
    ]
    name = shown[0]["table"]
    body = {"decisions": [], "constraints": {name: ["came <= went", "care_charge > 0"]}}
    shown = api.post(f"datasets/{dataset_id}/pii-flags", body).json()["constraints"]
    assert {r["rule"]: (r["suggested"], r["kept"]) for r in shown} == {
        SUGGESTED[0]: (True, False),
        SUGGESTED[1]: (True, True),
        "care_charge > 0": (False, True),
    }
    body["constraints"] = {name: ["went < came", *SUGGESTED]}
    refusal = api.post(f"datasets/{dataset_id}/pii-flags", body)
    assert refusal.status_code == 400
    assert "cannot both hold" in json.dumps(refusal.json(), ensure_ascii=False)


def synthesized(source, out, *words) -> tuple[str, pd.DataFrame]:
    said = io.StringIO()
    quick = ("--no-evaluate", "--no-pack", "--set", "max_epochs=2", "--rows", "200")
    call_command(
        "synthesize", str(source), "--out", str(out), *quick, *words, stdout=said, stderr=said
    )
    return said.getvalue(), pd.read_csv(out / "synthetic.csv")


@pytest.fixture
def stays(tmp_path):
    path = tmp_path / "stays.csv"
    path.write_bytes(stays_csv())
    return path


def test_the_command_line_keeps_suggestions_says_so_and_adds_rules(stays, tmp_path):
    rule = "combination(ward, floor)"
    said, rows = synthesized(stays, tmp_path / "out", "--constraint", rule)
    assert "; ".join([*SUGGESTED, rule]) in said
    assert (rows["charge"] == rows["room_charge"] + rows["care_charge"]).all()
    assert (rows["came"] <= rows["went"]).all()
    assert set(zip(rows["ward"], rows["floor"], strict=True)) <= {
        ("eye", "first"),
        ("ear", "first"),
        ("hip", "second"),
    }


def test_the_command_line_can_decline_suggestions(stays, tmp_path):
    said, rows = synthesized(stays, tmp_path / "out", "--no-suggested-constraints")
    assert "Every row keeps" not in said
    assert not (rows["charge"] == rows["room_charge"] + rows["care_charge"]).all()


def test_the_command_line_refuses_what_no_column_has(stays, tmp_path):
    words = ("--constraint", "came < gone", "--no-pack", "--no-evaluate")
    assert "gone" in refused(stays, "--out", tmp_path / "out", *words)
    assert not (tmp_path / "out").exists()


def test_rules_stand_on_the_model_card(stays, tmp_path):
    quick = ("--no-evaluate", "--set", "max_epochs=2")
    call_command("synthesize", str(stays), "--out", str(tmp_path / "out"), *quick)
    with zipfile.ZipFile(tmp_path / "out" / "pack.zip") as pack:
        card = json.loads(pack.read("model-card.json"))
    assert card["training_data"]["tables"][0]["constraints"] == SUGGESTED
    assert (
        "“charge = room_charge + care_charge”: computed from the written parts, not drawn."
        in (card["synthesizer"]["notes"])
    )
