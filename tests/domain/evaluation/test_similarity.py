"""Likeness of columns: what libraries say, and what size alone must not say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from domain.datasets.entities import ColumnSpec, SdType, TableMetadata
from domain.evaluation.column_test import MARGIN, judged_columns, numeric_test
from domain.evaluation.comparison import Comparison, compare
from domain.evaluation.distances import bin_edges, normalised_wasserstein
from domain.evaluation.false_discovery import adjusted
from domain.evaluation.grouping import by_table
from domain.evaluation.marginals import marginal_scores
from domain.evaluation.parallel import side_by_side
from domain.evaluation.report import EvaluationReport, Score
from tests.domain.evaluation.tables import METADATA, real

ROWS = 800


def compared(train: pd.DataFrame, holdout: pd.DataFrame, synthetic: pd.DataFrame) -> Comparison:
    return compare(train, holdout, synthetic, METADATA.tables["visits"], seed=0)


def numbers(**columns: list[np.ndarray]) -> Comparison:
    """A table of numbers; each column's training, held-out and synthetic values."""
    table = TableMetadata(
        columns=tuple(ColumnSpec(name=name, sdtype=SdType.FLOAT) for name in columns)
    )
    sides = [pd.DataFrame({name: c[i] for name, c in columns.items()}) for i in range(3)]
    return compare(*sides, table, seed=0)


def named(scores: tuple[Score, ...], name: str, scope: str = "table") -> Score:
    return next(s for s in scores if s.name == name and s.scope == scope)


@pytest.fixture(scope="module")
def sides() -> list[pd.DataFrame]:
    return [real(ROWS, seed) for seed in (1, 2, 3)]


@pytest.fixture(scope="module")
def scores(sides) -> tuple[Score, ...]:
    return marginal_scores(compared(*sides))


def test_wasserstein_is_scipys_in_standard_deviations_of_the_real_rows(sides, scores):
    held_out, synthetic = (f["pressure"].dropna().to_numpy() for f in sides[1:])
    expected = stats.wasserstein_distance(held_out, synthetic) / held_out.std()
    score = named(scores, "similarity.wasserstein", "column:pressure")
    assert score.value == pytest.approx(expected)
    assert score.baseline is not None


def test_jensen_shannon_of_categories_is_scipys(sides, scores):
    shares = pd.DataFrame({i: f["ward"].value_counts() for i, f in enumerate(sides[1:])})
    score = named(scores, "similarity.js", "column:ward")
    assert score.value == pytest.approx(jensenshannon(shares[0], shares[1], base=2))


def test_jensen_shannon_of_numbers_is_scipys_over_the_same_bins(sides, scores):
    held_out, synthetic = (f["pressure"].dropna().to_numpy() for f in sides[1:])
    edges = [-np.inf, *np.quantile(held_out, np.arange(1, 20) / 20, method="nearest"), np.inf]
    # NumPy's last bin alone holds its right edge; the edge is infinite here.
    counts = [np.histogram(side, edges)[0] for side in (held_out, synthetic)]
    score = named(scores, "similarity.js", "column:pressure")
    assert score.value == pytest.approx(jensenshannon(*counts, base=2))


def test_adjusted_p_values_are_scipys_in_the_order_of_the_columns():
    p = {"c": 0.03, "a": 0.001, "b": 0.8}
    assert list(adjusted(p).values()) == pytest.approx(
        list(stats.false_discovery_control([0.03, 0.001, 0.8]))
    )
    assert adjusted({}) == {}


def test_q_values_are_adjusted_over_all_columns(sides, scores):
    p = {s.scope: s.value for s in scores if s.name in ("similarity.ks_p", "similarity.chi2_p")}
    q = {s.scope: s.value for s in scores if s.name in ("similarity.ks_q", "similarity.chi2_q")}
    assert q == pytest.approx(adjusted(p))


def test_a_common_value_has_a_bin_of_its_own():
    heaped = np.concatenate([np.zeros(90), np.arange(1, 11)])
    counts = np.searchsorted(bin_edges(heaped, 5), [-1.0, 0.0, 0.5, 10.0], side="right")
    assert len(set(counts[:3])) == 3


def test_a_huge_table_with_a_negligible_shift_is_not_called_different():
    rng = np.random.default_rng(0)
    shifted = [rng.normal(0, 1, 50_000), rng.normal(0, 1, 50_000), rng.normal(0.04, 1, 50_000)]
    (column,) = judged_columns(numbers(x=shifted))
    assert column.q is not None
    assert column.q < 0.001  # the test alone would fail it
    assert column.test.distance < MARGIN
    assert not column.differs
    scores = marginal_scores(numbers(x=shifted))
    assert named(scores, "similarity.columns_passed").value == 0.0
    assert named(scores, "similarity.columns_differ").value == 0.0
    acceptance = named(scores, "similarity.ks_acceptance")
    assert (acceptance.value, acceptance.threshold) == (0.0, 0.8)
    assert "none differs" in acceptance.sentence


def test_a_shift_that_matters_is_called_different_by_name():
    rng = np.random.default_rng(0)
    same = [rng.normal(0, 1, 2_000) for _ in range(3)]
    shifted = [same[0], same[1], same[2] + 0.3]
    scores = marginal_scores(numbers(same=same, moved=shifted))
    differ = named(scores, "similarity.columns_differ")
    assert (differ.value, differ.baseline, differ.threshold) == (0.5, 0.0, 0.0)
    assert "“moved”" in differ.sentence
    assert "“same”" not in differ.sentence
    (table,) = by_table(EvaluationReport(scores=scores))
    assert {c.name: c.differs for c in table.columns} == {"same": False, "moved": True}
    assert "matter" in named(scores, "similarity.ks", "column:moved").sentence


def test_fifteen_columns_of_chance_raise_few_alarms_once_adjusted():
    alarms = unadjusted = 0
    for seed in range(15):
        rng = np.random.default_rng(seed)
        columns = judged_columns(
            numbers(**{f"x{i}": [rng.normal(size=150) for _ in range(3)] for i in range(15)})
        )
        alarms += any(c.differs for c in columns)
        unadjusted += any(not c.test.passed for c in columns)
    assert unadjusted >= 4  # at 5 % a test, every other table has a column that fails
    assert alarms <= 1


def test_acceptance_counts_numbers_and_dates_alone(scores):
    score = named(scores, "similarity.ks_acceptance")
    assert score.value == 1.0
    assert score.baseline is not None
    assert "3 of 3" in score.sentence
    assert "REQ-EVAL-001" in score.source


def test_a_table_without_numbers_says_that_the_acceptance_is_not_measured():
    table = TableMetadata(columns=(ColumnSpec(name="w", sdtype=SdType.CATEGORICAL),))
    words = pd.DataFrame({"w": pd.Categorical(list("abcd") * 20)})
    scores = marginal_scores(compare(words, words, words, table, seed=0))
    acceptance = named(scores, "similarity.ks_acceptance")
    assert acceptance.value is None
    assert acceptance.sentence.startswith("Not measured")


def test_a_constant_real_column_has_no_scale_for_wasserstein():
    constant = np.full(30, 4.0)
    assert normalised_wasserstein(constant, constant) == 0.0
    assert normalised_wasserstein(constant, constant + 1) is None
    assert normalised_wasserstein(constant, np.zeros(0)) is None


def test_an_empty_side_is_disjoint_and_two_empty_sides_are_the_same():
    nothing, values = np.full(30, np.nan), np.arange(30.0)
    assert numeric_test(nothing, values).distance == 1.0
    assert numeric_test(nothing, nothing).distance == 0.0
    assert numeric_test(nothing, values).js is None


def test_work_side_by_side_comes_back_in_order_and_raises_what_it_raised():
    assert side_by_side([lambda i=i: i * i for i in range(20)]) == [i * i for i in range(20)]
    with pytest.raises(ZeroDivisionError):
        side_by_side([lambda: 1, lambda: 1 // 0])
