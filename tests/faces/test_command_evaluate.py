"""``manage.py evaluate``: any synthetic file beside real ones, from a terminal."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.small_tables import people_csv

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("short_boosting"),
]


@pytest.fixture
def files(tmp_path) -> dict[str, Path]:
    found = {}
    for seed, name in enumerate(("real", "twin", "holdout")):
        found[name] = tmp_path / f"{name}.csv"
        found[name].write_bytes(people_csv(150, seed))
    return found


def evaluate(*words: object) -> str:
    out = io.StringIO()
    call_command("evaluate", *map(str, words), stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.mark.usefixtures("printed_papers")
def test_it_writes_the_report_in_three_forms_and_says_the_verdict(files, tmp_path):
    folder = tmp_path / "judged"
    said = evaluate(
        files["real"], files["twin"], "--holdout", files["holdout"],
        "--target", "rich", "--out", folder,
    )  # fmt: skip
    document = json.loads((folder / "evaluation.json").read_text())
    assert document["verdict"] in ("release", "release with conditions")
    assert f"Verdict: {document['verdict']}." in said
    assert (folder / "evaluation.pdf").read_bytes().startswith(b"%PDF")
    page = (folder / "evaluation.html").read_text()
    assert document["verdict"] in page.lower()
    assert "<script" not in page


def test_a_copy_of_the_real_rows_is_not_to_be_released(files, tmp_path):
    said = evaluate(
        files["real"], files["real"], "--holdout", files["holdout"],
        "--part", "leakage", "--out", tmp_path / "parts",
    )  # fmt: skip
    assert "Verdict" not in said
    said = evaluate(
        files["real"], files["real"], "--holdout", files["holdout"], "--out", tmp_path / "whole"
    )
    assert "Verdict: do not release." in said


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ([], "Say with --out"),
        (["--out", "x", "--target", "wealth"], "no column named “wealth”"),
        (["--out", "x", "--holdout", "nowhere.csv"], "There is no file nowhere.csv."),
    ],
)
def test_what_cannot_be_judged_is_refused_and_leaves_nothing(files, tmp_path, words, refusal):
    words = [str(tmp_path / w) if w == "x" else w for w in words]
    with pytest.raises(CommandError, match=refusal):
        evaluate(files["real"], files["twin"], *words)
    assert not (tmp_path / "x").exists()
