"""Names that sound like special categories are marked, and nothing is decided by them."""

from __future__ import annotations

from typing import Any

import pytest

from domain.compliance.controls.special_categories import special_columns
from tests.domain.compliance.controls.packs import files, mapped
from tests.domain.compliance.examples import card

SHEETS = {"article_30_entry": "(c) ", "dpia_inputs": ""}


def table(name: str, *columns: str) -> dict[str, Any]:
    return {"name": name, "columns": [{"name": column} for column in columns]}


def answers(sheet: str, told: dict[str, Any]) -> dict[str, str | None]:
    document = mapped(files(model_card=told))
    found = next(w for w in document["worksheets"] if w["name"] == sheet)
    return {line["asks"]: line["answer"] for s in found["sections"] for line in s["lines"]}


@pytest.mark.parametrize(
    ("column", "category"),
    [
        ("race", "racial or ethnic origin"),
        ("native-country", "racial or ethnic origin"),
        ("RELIGION", "religious or philosophical beliefs"),
        ("union_member", "trade union membership"),
        ("ecog.ps", "health"),
        ("sexual_orientation", "sex life or sexual orientation"),
        ("BRCA1_genotype", "genetic data"),
        ("retina_scan", "biometric data"),
    ],
)
def test_a_name_that_sounds_like_a_special_category_is_marked(column, category):
    assert special_columns([table("people", "amount", column)]) == {
        category: [f"“{column}” of “people”"]
    }


def test_names_that_say_nothing_are_not_marked():
    plain = ("age", "sex", "income", "country", "hours-per-week", "trans_id", "k_symbol", "bank")
    assert special_columns([table("trans", *plain)]) == {}


def test_a_table_of_a_health_record_is_marked_as_a_whole_once():
    found = special_columns([table("conditions", "CODE", "PATIENT"), table("people", "race")])
    assert found == {
        "racial or ethnic origin": ["“race” of “people”"],
        "health": ["every column of “conditions”"],
    }


@pytest.mark.parametrize(("sheet", "before"), SHEETS.items())
def test_forms_name_the_columns_and_leave_the_decision_to_a_person(sheet, before):
    told = card(3)
    (visits,) = told["training_data"]["tables"]
    visits["columns"].append({**visits["columns"][-1], "name": "religion"})
    found = answers(sheet, told)
    for column in visits["columns"]:
        assert f"“{column['name']}”" in str(found[f"{before}Categories of personal data"])
    hint = str(found[f"{before}Special categories (Article 9)"])
    assert hint.startswith("May be special categories, by their names alone: decide.")
    assert "They sound like religious or philosophical beliefs (“religion” of “visits”)" in hint
    ground = f"{before}Special categories that there are, and the ground of Article 9(2)"
    assert found[ground] is None
