"""Long names on an axis: names that begin alike stay apart, and their ends are seen."""

from __future__ import annotations

from domain.charts.chart import distinct, shortened, wrapped
from domain.charts.heatmaps import association_heatmaps
from domain.charts.intervals import Line, Measured, interval_chart

LONG = [f"Systolic blood pressure measured at the admission, number {n}" for n in (1, 2, 3)]
ALIKE = [f"Haemoglobin {unit} at the second visit of the patient" for unit in ("g/L", "g/dL")]


def test_wrapped_names_keep_beginning_and_end_on_two_lines():
    for label, name in zip(wrapped(LONG), LONG, strict=True):
        first, last = label.split("\n")
        assert name.startswith(first.removesuffix("…"))
        assert name.endswith(last)
        assert max(len(first), len(last)) <= 22
    assert wrapped(["age", "hours-per-week, inferred by many"]) == [
        "age",
        "hours-per-week,\ninferred by many",
    ]


def test_labels_that_read_the_same_are_numbered():
    assert distinct(["a", "b", "a", "a"]) == ["a", "b", "a (2)", "a (3)"]
    assert len(set(wrapped(ALIKE))) == 2


def test_each_long_name_has_its_own_line_of_a_chart():
    names = LONG + ALIKE
    lines = [
        Line(label=name, twin=Measured(value=0.1), other=Measured(value=0.2)) for name in names
    ]
    chart = interval_chart("i", "t", "a", lines=lines, form=".2f")
    shown = chart.spec["encoding"]["y"]["scale"]["domain"]
    assert len(set(shown)) == len(names)
    assert {row["w"] for row in chart.spec["data"]["values"]} == set(shown)


def test_each_long_name_has_its_own_row_of_a_heat_map():
    names = LONG + ALIKE
    matrix = [[0.5] * len(names)] * len(names)
    chart = association_heatmaps("h", ("a",) * 3, names, matrix, matrix)[0]
    assert len(set(chart.spec["encoding"]["y"]["scale"]["domain"])) == len(names) - 1
    assert {row["a"] for row in chart.spec["data"]["values"]} == set(
        chart.spec["encoding"]["y"]["scale"]["domain"]
    )


def test_wide_letters_take_more_room():
    assert len(shortened("患者の入院時における収縮期血圧の測定値", 100)) < len(
        shortened("a" * 40, 100)
    )
