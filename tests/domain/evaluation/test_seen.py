"""Held-out rows that were trained on are no control, whoever brings them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, Metadata, Relationship, SdType, TableMetadata
from domain.evaluation.attacks import attack_scores
from domain.evaluation.comparison import Comparison, compare
from domain.evaluation.copying import beyond_limit
from domain.evaluation.detection import detection_scores
from domain.evaluation.leakage import leakage_scores
from domain.evaluation.report import EvaluationReport, Score, Verdict
from domain.evaluation.seen import row_keys, seen_rows
from domain.evaluation.spec import EvaluationSpec, Part
from domain.evaluation.suite import evaluate
from domain.evaluation.verdict import DEFAULT_RULES, decided
from domain.kernel import no_progress
from tests.domain.evaluation.tables import METADATA, real

ROWS = 300
TABLE = METADATA.tables["visits"]
ATTACKS = EvaluationSpec(parts=frozenset({Part.LEAKAGE}))


def judged(
    train: pd.DataFrame, holdout: pd.DataFrame, synthetic: pd.DataFrame, *, unseen: bool = True
) -> EvaluationReport:
    sides = ({"visits": side} for side in (train, holdout, synthetic))
    report = evaluate(
        *sides, METADATA, seed=0, on_progress=no_progress, asked=ATTACKS, unseen=unseen
    )
    return decided(report, DEFAULT_RULES)


def score(report: EvaluationReport, name: str) -> Score:
    found = report.score(name)
    assert found is not None
    return found


def shown(codes: np.ndarray) -> pd.DataFrame:
    """Rows of three columns that often repeat."""
    return pd.DataFrame({"a": codes % 10, "b": codes // 10 % 10, "c": codes // 100}).astype(float)


def test_a_copy_beside_a_holdout_of_training_rows_is_not_released():
    rows = real(ROWS, 1)
    report = judged(rows, rows.sample(frac=1, random_state=2), rows)
    attacks, copies = (
        score(report, "leakage.reidentification"),
        score(report, "privacy.exact_copies"),
    )
    assert attacks.value is None
    assert "100.0% of the held-out rows are training rows too" in attacks.sentence
    assert score(report, "privacy.dcr_share").value is None
    assert copies.baseline == 0.0
    assert "do not release" in copies.sentence
    assert report.verdict is Verdict.DO_NOT_RELEASE
    assert any("they are no control" in note for note in report.notes)


def test_an_honest_twin_beside_a_holdout_of_training_rows_has_conditions():
    rows = real(ROWS, 1)
    report = judged(rows, pd.concat([rows.iloc[:60], real(240, 2)]), real(ROWS, 3))
    assert "20.0% of the held-out rows are training rows" in report.notes[0]
    assert report.verdict is Verdict.CONDITIONS


def test_a_few_seen_rows_are_left_out_and_told_so():
    rows = real(ROWS, 1)
    report = judged(rows, pd.concat([rows.iloc[:14], real(286, 2)]), real(ROWS, 3))
    assert report.notes == ("4.7% of the held-out rows are training rows too and were left out.",)
    copies = score(report, "privacy.exact_copies")
    assert "of 286 held-out real rows 0.00%" in copies.sentence
    assert score(report, "leakage.reidentification").value is not None


def test_independent_holdouts_are_hardly_ever_called_seen_though_their_rows_repeat():
    called = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        codes = (rng.pareto(1, 1000) * 40).astype(int)  # some rows are common, most are rare
        train, holdout = row_keys(shown(codes[:700])), row_keys(shown(codes[700:]))
        called.append(seen_rows(train, holdout)[0] > 0)
    assert np.mean(called) <= 0.01


def test_of_rows_that_repeat_by_chance_too_only_the_surplus_is_seen():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5000, 3000)
    train, holdout = shown(codes[:2000]), shown(np.r_[codes[2000:], codes[:500]])
    share, places = seen_rows(row_keys(train), row_keys(holdout))
    assert share == pytest.approx(1 / 3, abs=0.05)
    assert len(places) == round(share * 1500)


def test_a_small_file_that_is_its_own_holdout_is_seen():
    keys = row_keys(shown(np.arange(20)))
    assert seen_rows(keys, keys)[0] == 1.0


def test_of_a_large_table_all_training_rows_are_looked_through(monkeypatch):
    monkeypatch.setattr("domain.evaluation.comparison.MAX_ROWS", 50)
    rows = real(400, 1)
    assert compare(rows, rows.iloc[::3], real(50, 3), TABLE, seed=0).seen_share == 1.0


def test_a_code_book_that_both_sides_have_whole_is_no_seen_holdout():
    code = ColumnSpec(name="code", sdtype=SdType.ID, unique=True)
    price = ColumnSpec(name="price", sdtype=SdType.FLOAT)
    books = pd.DataFrame({"code": [f"c{i}" for i in range(60)], "price": np.arange(60.0)})
    sold = [
        pd.DataFrame(
            {
                "code": books["code"].sample(200, replace=True, random_state=seed).to_numpy(),
                "price": np.random.default_rng(seed).random(200),
            }
        )
        for seed in range(3)
    ]
    link = Relationship(
        parent_table_name="books",
        parent_primary_key="code",
        child_table_name="sold",
        child_foreign_key="code",
    )
    metadata = Metadata(
        tables={
            "books": TableMetadata(columns=(code, price), primary_key="code"),
            "sold": TableMetadata(
                columns=(ColumnSpec(name="code", sdtype=SdType.ID), price), primary_key=None
            ),
        },
        relationships=(link,),
    )
    sides = ({"books": books, "sold": side} for side in sold)
    report = evaluate(*sides, metadata, seed=0, on_progress=no_progress, asked=ATTACKS)
    copies = report.score("privacy.exact_copies", "books/table")
    assert copies is not None
    assert not beyond_limit(copies)
    assert report.notes == ()


def own_fifth(rows: pd.DataFrame, synthetic: pd.DataFrame) -> Comparison:
    fifth = len(rows) // 5
    return compare(rows.iloc[fifth:], rows.iloc[:fifth], synthetic, TABLE, seed=0, unseen=False)


def test_without_a_holdout_copies_are_counted_against_all_real_rows():
    rows = real(ROWS, 1)
    copies, _ = attack_scores(own_fifth(rows, rows))
    assert (copies.value, copies.baseline) == (1.0, 0.0)
    assert beyond_limit(copies)
    assert "repeat a real row" in copies.sentence
    assert "of 300 real rows 0.00% repeat another by chance" in copies.sentence
    report = judged(rows.iloc[60:], rows.iloc[:60], rows, unseen=False)
    assert report.verdict is Verdict.DO_NOT_RELEASE


def test_without_a_holdout_rows_that_repeat_among_real_ones_are_chance():
    sides = [pd.concat([real(ROWS, 1)] + [real(1, 9)] * 100).iloc[::-1] for _ in range(2)]
    sides[1] = pd.concat([real(ROWS, 3)] + [real(1, 9)] * 100)
    copies, _ = attack_scores(own_fifth(*sides))
    assert copies.baseline == pytest.approx(0.25)
    assert not beyond_limit(copies)
    assert "25.00% repeat another by chance" in copies.sentence


def test_without_a_holdout_no_attack_is_made():
    assert leakage_scores(own_fifth(real(ROWS, 1), real(ROWS, 3)))[0].value is None


def test_rows_that_mislead_the_classifier_do_not_look_real_but_are_copies():
    rows = real(ROWS, 1)
    auc = detection_scores(compare(real(ROWS, 2), rows, rows, TABLE, seed=0))[0]
    assert auc.value is not None
    assert auc.value < 0.4
    assert "copies" in auc.sentence
    assert "look real" not in auc.sentence
