"""Two judges tell synthetic rows from real ones, and name the columns they go by."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, SdType, TableMetadata
from domain.evaluation.comparison import compare
from domain.evaluation.detection import detection_auc, detection_scores
from domain.evaluation.give_aways import MOST, advice, give_aways
from domain.evaluation.grouping import by_table
from domain.evaluation.report import EvaluationReport, Score
from domain.evaluation.two_sample import Judged
from domain.synthesis.encoding.categories import STAND_IN
from tests.domain.evaluation.tables import METADATA, real, shuffled

ROWS = 500


def told(synthetic: pd.DataFrame) -> tuple[Score, ...]:
    table = METADATA.tables["visits"]
    return detection_scores(compare(real(ROWS, 1), real(ROWS, 2), synthetic, table, seed=0))


def named(scores: tuple[Score, ...], name: str) -> Score:
    return next(s for s in scores if s.name == name)


def given_away(scores: tuple[Score, ...]) -> dict[str, Score]:
    return {s.scope.removeprefix("column:"): s for s in scores if s.name == "detection.give_away"}


@pytest.fixture(scope="module")
def shifted() -> tuple[Score, ...]:
    """A twin whose pressures are 25 too high."""
    twin = real(ROWS, 3)
    return told(twin.assign(pressure=twin["pressure"] + 25))


def test_the_planted_column_gives_the_twin_away(shifted):
    scores = shifted
    auc = named(scores, "detection.auc")
    assert auc.value > 0.8
    assert "“pressure”" in auc.sentence
    worst, *_ = given_away(scores).items()
    assert worst[0] == "pressure"
    assert worst[1].value > 0.2
    assert worst[1].interval[0] > worst[1].baseline
    assert "Its own distribution is off" in worst[1].sentence
    (table,) = by_table(EvaluationReport(scores=scores))
    assert table.give_aways[0] == worst[1]


def test_columns_that_no_longer_belong_together_are_named_as_a_pair():
    scores = told(shuffled(real(ROWS, 3), 4))
    found = given_away(scores)
    assert {"smoker", "ward"} <= set(found)
    assert "together with “ward”" in found["smoker"].sentence
    assert "constraint" in found["smoker"].sentence
    # Each column alone is right, and the linear judge sees each alone.
    linear = named(scores, "detection.auc_linear")
    assert linear.value < 0.56
    assert linear.interval[0] < 0.5


def test_independent_rows_give_nothing_away():
    scores = told(real(ROWS, 3))
    assert given_away(scores) == {}
    assert "No column gives them away" in named(scores, "detection.auc").sentence


def test_both_judges_see_a_shifted_mean_and_have_baseline_and_interval(shifted):
    for name in ("detection.auc", "detection.auc_linear"):
        score = named(shifted, name)
        assert score.value > 0.7
        assert score.interval[0] < score.value < score.interval[1]
        assert abs(score.baseline - 0.5) < 0.07


@pytest.mark.parametrize(
    ("column", "spoil", "words"),
    [
        ("pressure", lambda f: f["pressure"].where(f.index % 2 == 0), "It is missing in"),
        ("ward", lambda f: f["ward"].cat.rename_categories({"eye": "ear"}), "invented categories"),
        ("ward", lambda f: f["ward"].cat.rename_categories({"eye": STAND_IN}), "too few real rows"),
        ("age", lambda f: f["age"].where(f.index % 3 > 0, 150), "outside the real range"),
        ("age", lambda f: f["age"] // 2 + 18, "Its own distribution is off"),
        ("age", lambda f: f["age"].sample(frac=1, random_state=0).array, "together with “"),
        ("age", lambda f: f["age"], "too little to matter"),
    ],
)
def test_the_to_do_is_what_the_columns_own_figures_show(column, spoil, words):
    twin = real(2_000, 3)
    twin[column] = spoil(twin)
    table = METADATA.tables["visits"]
    sides = compare(real(2_000, 1), real(2_000, 2), twin, table, seed=0)
    assert words in advice(sides, column)


def test_digits_that_no_real_row_has_are_told():
    def prices(seed: int, step: float) -> pd.DataFrame:
        drawn = np.random.default_rng(seed).gamma(3, 20, 3_000)
        return pd.DataFrame({"price": np.round(drawn / step) * step})

    table = TableMetadata(columns=(ColumnSpec(name="price", sdtype=SdType.FLOAT),))
    sides = compare(prices(1, 0.5), prices(2, 0.5), prices(3, 0.01), table, seed=0)
    assert "digits are off" in advice(sides, "price")


def test_what_shuffling_costs_by_chance_is_no_give_away():
    steady, wavering, small = (0.02, 0.021, 0.019), (0.2, -0.1, 0.0), (0.004, 0.005, 0.004)
    judged = Judged(aucs=(0.6,) * 3, losses={"a": steady, "b": wavering, "c": small})
    assert [g.column for g in give_aways(judged)] == ["a"]


def test_at_most_five_columns_are_named_the_most_telling_first():
    losses = {f"c{i}": (0.02 * i, 0.02 * i + 0.001) for i in range(1, 9)}
    found = give_aways(Judged(aucs=(0.9, 0.9), losses=losses))
    assert [g.column for g in found] == ["c8", "c7", "c6", "c5", "c4"]
    assert len(found) == MOST


def test_columns_without_values_and_tables_of_categories_are_judged():
    empty = real(60, 1).assign(pressure=np.nan, age=pd.array([pd.NA] * 60, dtype="Int64"))
    table = METADATA.tables["visits"]
    sides = compare(empty, empty, empty, table, seed=0)
    assert named(detection_scores(sides), "detection.auc_linear").value is not None
    words = TableMetadata(columns=(ColumnSpec(name="ward", sdtype=SdType.CATEGORICAL),))
    sides = compare(real(60, 1), real(60, 2), real(60, 3), words, seed=0)
    assert named(detection_scores(sides), "detection.auc").value is not None


def test_the_same_seed_tells_the_same():
    table = METADATA.tables["visits"]
    sides = compare(real(100, 1), real(100, 2), real(100, 3), table, seed=5)
    scores = detection_scores(sides)
    assert detection_scores(sides) == scores
    alone = detection_auc(sides, sides.reference, sides.synthetic)
    assert alone == named(scores, "detection.auc").value
