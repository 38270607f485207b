"""Every chart is a whole Vega-Lite specification, and hostile words stay words in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domain.charts.bars import bar_chart
from domain.charts.chart import Chart, sheet, shortened
from domain.charts.courses import Band, course_chart
from domain.charts.heatmaps import association_heatmaps
from domain.charts.intervals import Line, Measured, Sides, interval_chart
from domain.charts.lines import Mark, line_chart
from domain.charts.memories import memory_chart
from domain.charts.overlays import Shares, category_overlay, number_overlay
from domain.charts.theme import PAGE, PAPER, SIDES, config

vl_convert = pytest.importorskip("vl_convert")

HOSTILE = "<script>alert('x')</script> \"quoted\" datum.x signal(1) " + "long " * 40
SHARES = Shares(real=(0.5, 0.3, 0.2), held_out=(0.45, 0.35, 0.2), synthetic=(0.2, 0.3, 0.5))
NO_HOLDOUT = Shares(real=(0.5, 0.3, 0.2), held_out=(), synthetic=(0.2, 0.3, 0.5))
MATRIX = ((1.0, 0.8, 0.1), (0.8, 1.0, -0.3), (0.1, -0.3, 1.0))
OTHER = ((1.0, 0.5, 0.1), (0.5, 1.0, -0.2), (0.1, -0.2, 1.0))
LINES = (
    Line(
        label=HOSTILE,
        twin=Measured(value=0.3, interval=(0.2, 0.4)),
        other=Measured(value=0.1, interval=(0.05, 0.15)),
        limit=0.09,
    ),
    Line(label="another", twin=Measured(value=0.2)),
)


def overlay(shares: Shares = SHARES, *, dates: bool = False) -> Chart:
    edges = (1.5e9, 1.6e9, 1.7e9, 1.8e9) if dates else (0.0, 10.0, 20.0, 30.0)
    return number_overlay("o", HOSTILE, "alt", edges=edges, shares=shares, dates=dates)


def categories() -> Chart:
    words = (HOSTILE, "b", "c")
    return category_overlay("c", HOSTILE, "alt", words=words, shares=SHARES)


def line(values: tuple[float, ...] = (24.3, 21.0, 20.4, 20.6), at: int = 2) -> Chart:
    return line_chart(
        "l",
        "t",
        HOSTILE,
        first_x=0,
        values=values,
        x_label="epoch",
        y_label="loss",
        mark=Mark(x=at, words="kept"),
    )


def intervals(*, bars: bool = False) -> Chart:
    return interval_chart("i", HOSTILE, "alt", lines=LINES, form="~%", sides=Sides(), bars=bars)


ALL = {
    "numbers": overlay(),
    "numbers without a holdout": overlay(NO_HOLDOUT),
    "dates": overlay(dates=True),
    "categories": categories(),
    "heat-map": association_heatmaps("h", ("a",) * 3, (HOSTILE, "b", "c"), MATRIX, OTHER)[2],
    "dots": intervals(),
    "bars with whiskers": intervals(bars=True),
    "one side": interval_chart("i", "t", "alt", lines=LINES[1:], form=".2f"),
    "bars": bar_chart("b", "t", "alt", bars=((HOSTILE, 0.2), ("b", 0.1)), form=".2f", axis="AUC"),
    "line": line(),
    "memories": memory_chart(
        "m", HOSTILE, "alt", lines={SIDES[0]: (0.5, None), SIDES[1]: (), SIDES[2]: (0.4, 0.2)}
    ),
    "courses over a band": course_chart(
        "c",
        HOSTILE,
        "alt",
        band=Band(low=(1.0, 2.0), middle=(2.0, 3.0), high=(3.0, 4.0)),
        drawn=((1.5, 2.5), (2.0, None)),
    ),
    "courses without a band": course_chart("c", "t", "alt", band=None, drawn=((1.5, 2.5),)),
    "line of one point": line((3.0,), 0),
}


def svg(spec: dict[str, Any]) -> str:
    return vl_convert.vegalite_to_svg(json.dumps(spec), config=config(PAPER), vl_version="6.4")


@pytest.mark.parametrize("chart", ALL.values(), ids=ALL.keys())
def test_every_chart_is_drawn_and_hostile_words_are_no_markup(chart: Chart) -> None:
    drawn = svg(chart.whole(300))
    assert drawn.startswith("<svg")
    assert "<script" not in drawn
    assert "NaN" not in drawn


@pytest.mark.parametrize("chart", ALL.values(), ids=ALL.keys())
def test_a_chart_brings_no_colour_and_no_address_of_its_own(chart: Chart) -> None:
    written = json.dumps({k: v for k, v in chart.whole().items() if k != "$schema"})
    assert "http" not in written
    assert '"url"' not in written
    assert chart.spec.get("config") is None


@pytest.mark.parametrize("chart", ALL.values(), ids=ALL.keys())
def test_no_word_of_the_data_stands_in_an_expression(chart: Chart) -> None:
    assert not [value for key, value in _leaves(chart.spec) if key in ("expr", "calculate", "test")]


def _leaves(node: Any, key: str = "") -> list[tuple[str, Any]]:
    if isinstance(node, dict):
        return [leaf for k, v in node.items() for leaf in [(k, v), *_leaves(v, k)]]
    if isinstance(node, list):
        return [leaf for v in node for leaf in _leaves(v, key)]
    return []


def test_the_sides_differ_by_more_than_colour() -> None:
    layers = overlay().spec["layer"]
    dashes = [x["encoding"]["strokeDash"] for x in layers if "strokeDash" in x["encoding"]]
    assert [d["datum"] for d in dashes] == list(SIDES)
    patterns = dashes[0]["scale"]["range"]
    assert len({tuple(p) for p in patterns}) == 3
    shapes = [x["encoding"]["shape"] for x in categories().spec["layer"][1:]]
    assert len(set(shapes[0]["scale"]["range"])) == 3


def test_without_a_holdout_no_line_claims_to_be_one() -> None:
    assert "Held-out" not in [
        layer["encoding"]["color"]["datum"] for layer in overlay(NO_HOLDOUT).spec["layer"]
    ]
    assert "h" not in overlay(NO_HOLDOUT).spec["data"]["values"][0]


def test_the_area_of_a_wide_bin_is_that_of_its_rows() -> None:
    shares = Shares(real=(0.5, 0.5), held_out=(), synthetic=(0.5, 0.5))
    chart = number_overlay("o", "t", "a", edges=(0, 1, 4), shares=shares, dates=False)
    first, second, last = chart.spec["data"]["values"]
    assert first["r"] * 1 == pytest.approx(second["r"] * 3, rel=1e-3)
    assert last["r"] == second["r"]


def test_no_height_says_more_than_all_rows_however_wide_other_bins_are() -> None:
    """As of capital gains: nearly all rows in the first bin, far narrower than the last."""
    shares = Shares(real=(0.92, 0.05, 0.03), held_out=(), synthetic=(0.9, 0.06, 0.04))
    edges = (0, 5_000, 10_000, 100_000)
    chart = number_overlay("o", "t", "a", edges=edges, shares=shares, dates=False)
    first, second, *_ = chart.spec["data"]["values"]
    assert (first["r"], second["r"]) == pytest.approx((0.92, 0.05))
    assert max(row[side] for row in chart.spec["data"]["values"] for side in "rs") <= 1


def test_dates_are_drawn_in_milliseconds_and_utc() -> None:
    chart = overlay(dates=True)
    assert chart.spec["data"]["values"][0]["x"] == 1.5e12
    assert chart.spec["encoding"]["x"]["scale"]["type"] == "utc"


def test_the_difference_has_a_scale_of_its_own_that_holds_its_largest_value() -> None:
    *sides, difference = association_heatmaps("h", ("a",) * 3, ("a", "b", "c"), MATRIX, OTHER)
    assert [s.spec["encoding"]["color"]["scale"]["domain"] for s in sides] == [[-1, 0, 1]] * 2
    low, _, high = difference.spec["encoding"]["color"]["scale"]["domain"]
    assert (low, high) == pytest.approx((-0.3, 0.3))
    assert len(difference.spec["data"]["values"]) == 3  # every pair once


def test_a_limit_is_drawn_only_where_there_is_one() -> None:
    marks = [layer["mark"]["type"] for layer in intervals().spec["layer"]]
    assert marks == ["point", "rule", "tick"]
    bare = (Line(label="a", twin=Measured(value=0.2)),)
    chart = interval_chart("i", "t", "a", lines=bare, form="~%")
    assert [layer["mark"]["type"] for layer in chart.spec["layer"]] == ["point"]


def test_the_marked_point_lies_on_the_line() -> None:
    _, point, words = line().spec["layer"]
    assert point["data"]["values"] == [{"x": 2, "y": 20.4}]
    assert words["mark"]["text"] == "kept"


def test_a_sheet_holds_every_chart_with_its_own_axes() -> None:
    charts = [overlay(), categories(), overlay(dates=True)]
    drawn = svg(sheet(charts, columns=2, width=120))
    assert drawn.count("role-axis-label") == 6
    assert "20%" in drawn
    assert "2020" in drawn


def test_paper_and_page_differ_in_colours_only() -> None:
    paper, page = ({**config(p), "background": None} for p in (PAPER, PAGE))
    assert _shape(paper) == _shape(page)
    assert "var(" not in json.dumps(paper)
    assert "#" not in json.dumps(page)


def _shape(node: Any) -> Any:
    if isinstance(node, dict):
        return {k: _shape(v) for k, v in node.items()}
    return type(node).__name__


def test_the_pages_light_colours_are_those_of_paper() -> None:
    sheet_of_pages = (Path(__file__).parents[3] / "static" / "studio.css").read_text()
    for side in ("real", "held_out", "synthetic"):
        written = f"--chart-{side.replace('_', '-')}: {getattr(PAPER, side).lower()};"
        assert written in sheet_of_pages


def test_long_names_that_begin_alike_are_cut_in_their_middle() -> None:
    names = [f"ICD10_HAUPTDIAGNOSE_BEI_ENTLASSUNG_AUS_DER_BEHANDLUNG_{n:02d}" for n in (1, 2)]
    first, second = (shortened(name, 200) for name in names)
    assert first != second
    assert first.startswith("ICD10_")
    assert first.endswith("_01")
    assert len(first) < 32
    assert shortened("balance, event by event", 300) == "balance, event by event"
