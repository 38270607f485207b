"""The card for Hugging Face: front matter that is read back, and words that stay words."""

from __future__ import annotations

import copy

import pytest
import yaml

from domain.compliance.interchange.hugging_face import hugging_face_card
from domain.compliance.interchange.markdown_text import plain, yaml_block
from tests.domain.compliance.interchange import twins

HOSTILE = "---\nlicense: mit\n<script>alert(1)</script> [a](http://b.c) | x \x85\u2028 end"


def front_matter(card: dict) -> dict:
    return yaml.safe_load(hugging_face_card(card).split("\n---\n")[0].removeprefix("---\n"))


def test_the_front_matter_says_synthetic_and_what_was_measured():
    told = front_matter(twins.table().twin.card)
    assert told["license"] == "other"
    assert "synthetic" in told["tags"]
    (result,) = told["model-index"][0]["results"]
    figures = {m["type"]: m["value"] for m in result["metrics"]}
    assert figures["privacy.exact_copies"] == 0.0005


def test_a_private_card_has_its_epsilon_and_no_measurement():
    (result,) = front_matter(twins.table(private=True).twin.card)["model-index"][0]["results"]
    figures = {m["type"]: m["value"] for m in result["metrics"]}
    assert figures == {"privacy.epsilon": 1.0, "privacy.delta": 1e-5}


def test_a_void_epsilon_is_no_result():
    card = copy.deepcopy(dict(twins.table(private=True).twin.card))
    card["privacy"]["stamp"] = "ε void: tuned on private data"
    assert "model-index" not in front_matter(card)
    assert "**ε void: tuned on private data.**" in hugging_face_card(card)


def test_a_hostile_name_stays_a_name():
    card = copy.deepcopy(dict(twins.table().twin.card))
    card["training_data"]["dataset"] = HOSTILE
    told = front_matter(card)
    assert told["license"] == "other"
    assert told["pretty_name"] == f"Synthetic twin of {HOSTILE}"
    body = hugging_face_card(card).split("\n---\n")[1]
    assert "<script>" not in body
    assert r"\[a\](http\://b.c)" in body


def test_a_cell_never_breaks_a_table():
    rows = [
        line for line in hugging_face_card(twins.table().twin.card).splitlines() if line[:1] == "|"
    ]
    columns = [line.replace("\\|", "").count("|") for line in rows if "units" not in line]
    odd = next(line for line in rows if "ünits" in line)
    assert odd.replace("\\|", "").count("|") == 5
    assert min(columns) >= 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a_b*c", r"a\_b\*c"),
        ("1. one", r"1\. one"),
        ("0.05% of 7", "0.05% of 7"),
        ("- x\ny", r"\- x y"),
        ("http://x", r"http\://x"),
    ],
)
def test_marks_of_markdown_are_escaped_and_figures_are_not(text, shown):
    assert plain(text) == shown


def test_yaml_is_read_back_as_it_was():
    document = {
        "a": [{"b": "x: y", "c": [1, 2.5]}, "#"],
        "d": {"e": None, "f": True},
        "g": [],
        "h": "\x85",
    }
    assert yaml.safe_load(yaml_block(document)) == document
