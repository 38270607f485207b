"""Likeness beyond single columns: ranges, missing patterns, pairs, and what charts show."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, SdType, TableMetadata
from domain.evaluation.association import MAX_CHARTED, association_matrix, pearson
from domain.evaluation.boundaries import boundary_scores, categorical_bounds, numeric_bounds
from domain.evaluation.comparison import Comparison, compare
from domain.evaluation.marginals import marginal_scores
from domain.evaluation.missingness import missingness_scores
from domain.evaluation.overlays import axis_edges, overlays
from domain.evaluation.pictures import OTHERS, AssociationMatrix, Axis, ColumnOverlay
from domain.evaluation.report import Score
from domain.evaluation.similarity import column_findings, pair_findings
from domain.evaluation.two_way import MAX_PAIRS, drawn_pairs, two_way_scores
from domain.synthesis.encoding.categories import STAND_IN
from tests.domain.evaluation.tables import MEASURED, METADATA, real, shuffled

ROWS = 800


def compared(train: pd.DataFrame, holdout: pd.DataFrame, synthetic: pd.DataFrame) -> Comparison:
    return compare(train, holdout, synthetic, METADATA.tables["visits"], seed=0)


def named(scores: tuple[Score, ...], name: str, scope: str = "table") -> Score:
    return next(s for s in scores if s.name == name and s.scope == scope)


@pytest.fixture(scope="module")
def honest() -> Comparison:
    return compared(real(ROWS, 1), real(ROWS, 2), real(ROWS, 3))


def test_shuffled_columns_pass_alone_and_fail_two_by_two(honest):
    mixed = compared(real(ROWS, 1), real(ROWS, 2), shuffled(real(ROWS, 3), 4))
    assert named(marginal_scores(mixed), "similarity.columns_differ").value == 0.0
    ours = named(two_way_scores(mixed), "similarity.two_way")
    assert ours.value > 1.5 * ours.baseline
    assert named(two_way_scores(honest), "similarity.two_way").value < 1.2 * ours.baseline
    assert "“smoker” by “ward”" in ours.sentence


def test_two_way_distance_is_the_total_variation_of_the_pairs_table():
    table = TableMetadata(
        columns=tuple(ColumnSpec(name=n, sdtype=SdType.CATEGORICAL) for n in "ab")
    )

    def frame(*words: str) -> pd.DataFrame:
        return pd.DataFrame({n: pd.Categorical([w[i] for w in words]) for i, n in enumerate("ab")})

    held_out, twin = frame("xx", "xx", "yy", "yy"), frame("xx", "xy", "yx", "yy")
    score = named(
        two_way_scores(compare(held_out, held_out, twin, table, seed=0)), "similarity.two_way"
    )
    assert (score.value, score.baseline) == (0.5, 0.0)


def test_of_wide_tables_pairs_are_drawn_by_the_seed():
    columns = [f"c{i}" for i in range(60)]
    assert drawn_pairs(columns, 1) == drawn_pairs(columns, 1)
    assert drawn_pairs(columns, 1) != drawn_pairs(columns, 2)
    assert len(set(drawn_pairs(columns, 1))) == MAX_PAIRS
    assert len(drawn_pairs(columns[:5], 1)) == 10


def test_pearson_is_pandas_and_its_difference_is_told(honest):
    expected = honest.holdout[["age", "pressure"]].corr().iloc[0, 1]
    assert pearson(honest.holdout, honest)["age", "pressure"] == pytest.approx(expected)
    score = named(pair_findings(honest), "similarity.pearson")
    assert score.value < 0.1
    assert score.baseline is not None


def test_columns_that_are_missing_together_are_told_from_those_missing_apart():
    def frame(seed: int, *, together: bool) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(2, 1000))
        first = rng.random(1000) < 0.3
        second = first if together else rng.random(1000) < 0.3
        return pd.DataFrame({"x": np.where(first, np.nan, x), "y": np.where(second, np.nan, y)})

    table = TableMetadata(columns=tuple(ColumnSpec(name=n, sdtype=SdType.FLOAT) for n in "xy"))
    sides = frame(1, together=True), frame(2, together=True)
    apart = named(
        missingness_scores(compare(*sides, frame(3, together=False), table, seed=0)),
        "similarity.missing_patterns",
    )
    assert apart.value == pytest.approx(0.42, abs=0.06)  # 2 × 0.3 × 0.7 of rows miss one alone
    assert apart.baseline < 0.05
    assert apart.value > apart.threshold
    assert "“x” and “y” are missing together" in apart.sentence
    alike = named(
        missingness_scores(compare(*sides, frame(3, together=True), table, seed=0)),
        "similarity.missing_patterns",
    )
    assert alike.value < alike.threshold
    assert "too little to matter" in alike.sentence


def test_a_table_without_gaps_has_nothing_to_do_about_them():
    whole = real(100, 1).assign(pressure=1.0)
    score = named(missingness_scores(compared(whole, whole, whole)), "similarity.missing_patterns")
    assert (score.value, score.baseline) == (0.0, 0.0)
    assert "Nothing to do" in score.sentence


def test_ranges_and_categories_are_sdmetrics_own(honest):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sdmetrics.single_column import (
            BoundaryAdherence,
            CategoryAdherence,
            CategoryCoverage,
            RangeCoverage,
        )
    train, twin = real(60, 1), real(60, 3)
    numbers = [f["pressure"].to_numpy(float) for f in (train, twin)]
    bounds = numeric_bounds(*numbers)
    series = [pd.Series(side).dropna() for side in numbers]
    assert bounds.coverage == pytest.approx(RangeCoverage.compute(*series))
    assert bounds.adherence == pytest.approx(BoundaryAdherence.compute(*series))
    words = [pd.Series(w) for w in (list("aabbcc"), list("aabxxx"))]
    known = categorical_bounds(*(w.to_numpy(object) for w in words))
    assert known.coverage == pytest.approx(CategoryCoverage.compute(*words))
    assert known.adherence == pytest.approx(CategoryAdherence.compute(*words))


def test_invented_categories_and_values_beyond_the_range_are_shown_with_what_to_do():
    twin = real(ROWS, 3)
    twin["ward"] = twin["ward"].cat.rename_categories({"eye": "ear"})
    twin.loc[: ROWS // 4 - 1, "pressure"] = 900.0
    scores = boundary_scores(compared(real(ROWS, 1), real(ROWS, 2), twin))
    beyond = named(scores, "similarity.boundary_adherence", "column:pressure")
    assert beyond.value == pytest.approx(0.75, abs=0.03)
    assert "constraint" in beyond.sentence
    invented = named(scores, "similarity.category_adherence", "column:ward")
    assert invented.value == pytest.approx((twin["ward"] != "ear").mean())
    assert "Invented" in invented.sentence
    covered = named(scores, "similarity.category_coverage", "column:ward")
    assert (covered.value, covered.baseline) == (0.75, 1.0)


def test_the_word_in_the_place_of_rare_values_is_not_called_invented():
    twin = real(ROWS, 3)
    twin["ward"] = STAND_IN
    scores = boundary_scores(compared(real(ROWS, 1), real(ROWS, 2), twin))
    told = named(scores, "similarity.category_adherence", "column:ward")
    assert told.value == 0.0
    assert "“(other)” stands for values that too few real rows have to be told" in told.sentence
    assert "Invented" not in told.sentence


def test_an_overlay_counts_every_row_of_every_side_once(honest):
    found = overlays(honest)
    assert tuple(o.column for o in found) == MEASURED
    for overlay in found:
        sides = (overlay.real, overlay.held_out, overlay.synthetic)
        assert len({len(side) for side in sides}) == 1
        for side, missing in zip(sides, overlay.missing, strict=True):
            assert sum(side) + missing == ROWS
        if overlay.axis is not Axis.CATEGORY:
            assert len(overlay.edges) == len(overlay.real) + 1
            assert 12 <= len(overlay.real) <= 45
    assert found[MEASURED.index("admitted")].axis is Axis.DATE


def test_edges_are_round_and_no_persons_extreme_value():
    values = np.append(np.random.default_rng(0).normal(171.3, 9.7, 5_000), [23.456, 412.987])
    edges = axis_edges(values, date=False)
    assert 20 <= len(edges) - 1 <= 32
    assert min(edges) > 100
    assert max(edges) < 300
    assert all(edge == round(edge, 2) for edge in edges)


@pytest.mark.parametrize(
    ("values", "bins"), [([4.0] * 9, 1), ([], 1), ([0.0, 1.0, 2.0, 3.0], 4), ([0.25] * 5, 1)]
)
def test_few_or_no_values_still_make_an_axis(values, bins):
    edges = axis_edges(np.array(values), date=False)
    assert len(edges) - 1 == bins
    assert list(edges) == sorted(set(edges))


def test_days_begin_at_midnight_on_an_axis_of_dates():
    year = np.arange(0.0, 365 * 86_400, 3_600) + 1_704_067_200
    edges = axis_edges(year, date=True)
    assert 20 <= len(edges) - 1 <= 32
    assert all(edge % 86_400 == 0 for edge in edges)


def test_rare_categories_share_a_bin():
    table = TableMetadata(columns=(ColumnSpec(name="w", sdtype=SdType.CATEGORICAL),))
    words = pd.DataFrame({"w": pd.Categorical([f"w{i}" for i in range(40) for _ in range(i + 1)])})
    (overlay,) = overlays(compare(words, words.iloc[:0], words, table, seed=0))
    assert len(overlay.words) == 16
    assert (overlay.words[0], overlay.words[-1]) == ("w39", OTHERS)
    assert overlay.real[-1] == sum(range(1, 26))
    assert sum(overlay.held_out) == 0


def test_the_matrix_holds_every_pair_twice_and_goes_through_json(honest):
    matrix = association_matrix(honest)
    assert matrix.columns == MEASURED
    for side in (matrix.real, matrix.synthetic):
        square = np.array(side)
        assert np.array_equal(square, square.T)
        assert np.all(np.diag(square) == 1.0)
    document = json.loads(json.dumps(matrix.to_document()))
    assert AssociationMatrix.from_document(document) == matrix
    place = [matrix.columns.index(c) for c in ("age", "pressure")]
    assert matrix.real[place[0]][place[1]] > 0.7


def test_of_a_wide_table_the_matrix_shows_the_telling_columns():
    rng = np.random.default_rng(0)
    wide = pd.DataFrame({f"x{i}": rng.normal(size=200) for i in range(40)})
    wide["x39"] = wide["x3"] + rng.normal(0, 0.1, 200)
    table = TableMetadata(columns=tuple(ColumnSpec(name=c, sdtype=SdType.FLOAT) for c in wide))
    matrix = association_matrix(compare(wide, wide, wide, table, seed=0))
    assert len(matrix.columns) == MAX_CHARTED
    assert {"x3", "x39"} <= set(matrix.columns)


def test_pictures_come_with_the_scores(honest):
    columns, pairs = column_findings(honest), pair_findings(honest)
    assert sum(isinstance(f, ColumnOverlay) for f in columns) == len(MEASURED)
    assert sum(isinstance(f, AssociationMatrix) for f in pairs) == 1
    for score in (f for f in (*columns, *pairs) if isinstance(f, Score)):
        assert score.baseline is not None, (score.name, score.scope)
        assert score.sentence
        assert score.source


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_tables_of_a_row_or_two_are_no_trouble(rows):
    tiny = compared(real(5, 1), real(rows, 2), real(5, 3))
    assert [
        f.sentence for f in (*column_findings(tiny), *pair_findings(tiny)) if isinstance(f, Score)
    ]
