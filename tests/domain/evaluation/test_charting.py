"""What an evaluation's charts show, and that their texts say it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.charts.chart import Chart
from domain.evaluation.chapters import TableChapters, chapters
from domain.evaluation.charting import association_charts, attack_charts, column_chart
from domain.evaluation.report import EvaluationReport
from tests.domain.evaluation.pictured import HOSTILE, matrix, overlays, pictured_report


@pytest.fixture(scope="module")
def told() -> TableChapters:
    (table,) = chapters(pictured_report())
    return table


def charts(table: TableChapters, key: str) -> tuple[Chart, ...]:
    (found,) = [c for c in table.chapters if c.key == f"t1-{key}"]
    return found.charts


def test_an_overlay_says_where_the_sides_that_it_shows_differ_most() -> None:
    numbers, open_ended, words, dates = (column_chart("c", o) for o in overlays())
    assert numbers.alt == (
        "In this chart most differs at 0 to 10: 50.0 % of training and 30.0 % of synthetic rows. "
        "Missing: 0.0 % of training and 20.0 % of synthetic cells."
    )
    assert "differs at below 1e+06" in open_ended.alt
    assert "differs at “Bern”" in words.alt
    assert "differs at 2017-07-14 to 2020-09-13" in dates.alt


def test_the_caption_of_a_column_quotes_the_distance_of_its_line_in_the_table(told) -> None:
    lines = {column.name: column.distance for column in told.columns}
    for chart in told.overlays:
        quoted = f"Kolmogorov–Smirnov distance {lines[chart.title].value:.3f} (real rows: 0.020). "
        assert chart.alt.startswith(quoted)


def test_equal_sides_are_called_equal() -> None:
    first = overlays()[0]
    same = replace(first, synthetic=first.real, missing=(0, 0, 0))
    assert column_chart("c", same).alt == (
        "In this chart synthetic rows are spread as the training rows."
    )


def test_a_column_without_a_value_has_no_chart() -> None:
    assert column_chart("c", replace(overlays()[0], real=(0, 0, 0))) is None
    assert column_chart("c", replace(overlays()[0], synthetic=(0, 0, 0))) is None


def test_without_a_holdout_two_sides_are_drawn() -> None:
    chart = column_chart("c", replace(overlays()[0], held_out=(0, 0, 0)))
    assert set(chart.spec["data"]["values"][0]) == {"x", "r", "s"}


def test_a_heat_map_names_the_pair_that_differs_most() -> None:
    *_, difference = association_charts("m", matrix())
    assert "most between income and age: +0.80 in real and +0.30 in synthetic" in difference.alt


def test_columns_come_worst_first(told) -> None:
    assert [c.name for c in told.columns] == ["income", "city", "joined", "age"]
    assert [c.title for c in told.overlays] == ["income", "city", "joined", "age"]


def test_what_gives_rows_away_comes_strongest_first(told) -> None:
    (chart,) = charts(told, "detection")
    assert [row["w"] for row in chart.spec["data"]["values"]] == ["age", "income"]
    assert chart.alt.startswith("A classifier knows synthetic rows best by age: without it")


def test_models_are_drawn_by_what_they_learned_from(told) -> None:
    models, costs, importances = charts(told, "utility")
    assert models.title == "Gradient boosting, by what it learned from"
    assert models.alt == "Trained on synthetic rows: AUC 0.850 (real rows: 0.900)."
    rows = models.spec["data"]["values"]
    assert [(r["w"], r["k"], r["v"]) for r in rows] == [
        ("AUC", "Synthetic rows", 0.85),
        ("AUC", "Real rows", 0.9),
    ]
    assert "1 of 2 within the limit" in costs.alt
    assert "worst is AUC with −5.5%" in costs.alt
    assert importances.alt.startswith("age matters most to a model of synthetic rows, income to")


def test_attacks_on_everybody_and_on_outliers_are_told_apart(told) -> None:
    everybody, outlying = charts(told, "leakage")
    assert "1 of 2 attacks on everybody succeed more often" in everybody.alt
    assert "attribute inference of city: 70.0 % against 40.0 %" in everybody.alt
    assert "None of 1 attacks on outlying people surely succeeds" in outlying.alt
    first = everybody.spec["data"]["values"][0]
    assert (first["v"], first["l"], first["h"], first["t"]) == (0.02, 0.0, 0.04, 0.01)


def test_scores_without_rates_are_no_attack_to_draw() -> None:
    assert attack_charts("a", [s for s in pictured_report().scores if not s.rates]) == ()


def test_every_score_stands_in_one_chapter_or_in_a_column(told) -> None:
    shown = {(s.name, s.scope) for c in told.chapters for s in (*c.scores, *c.details)}
    shown |= {("similarity.ks", f"column:{c.name}") for c in told.columns}
    shown |= {(s.name, s.scope) for s in told.pairs}
    assert shown == {(s.name, s.scope) for s in pictured_report().scores}


def test_a_report_without_pictures_has_its_numbers_and_no_overlay() -> None:
    (table,) = chapters(EvaluationReport(scores=pictured_report().scores))
    assert table.overlays == ()
    assert charts(table, "similarity") == ()
    assert len(table.columns) == 4


def test_charts_of_several_tables_have_different_names() -> None:
    report = pictured_report()
    both = [
        replace(s, scope=f"{table}/{s.scope}")
        for table in ("visits", "stays")
        for s in report.scores
    ]
    pictures = tuple(
        replace(o, table=table) for table in ("visits", "stays") for o in report.overlays
    )
    tables = chapters(replace(report, scores=tuple(both), overlays=pictures, matrices=()))
    names = [
        chart.name
        for table in tables
        for chart in (*table.overlays, *(c for ch in table.chapters for c in ch.charts))
    ]
    assert [t.name for t in tables] == ["visits", "stays"]
    assert len(names) == len(set(names)) > 8


def test_no_chart_is_named_after_what_a_file_says() -> None:
    (table,) = chapters(pictured_report(HOSTILE))
    drawn = (*table.overlays, *(c for chapter in table.chapters for c in chapter.charts))
    assert all(chart.name.replace("-", "").isalnum() for chart in drawn)
