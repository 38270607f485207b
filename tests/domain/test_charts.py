from __future__ import annotations

import base64
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from domain.charts import HEIGHT, WIDTH, LineChart, rounded_range

CHART = LineChart(
    name="chart-1",
    title="Loss & more <by> epoch",
    description="It fell from 24.3 to 20.",
    x_label="epoch",
    y_label="loss",
    first_x=0,
    values=(24.3, 21.0, 20.0, 20.5),
    marked_x=2,
    mark_label="kept",
)
SVG = "{http://www.w3.org/2000/svg}"


def _points(svg: str) -> list[tuple[float, float]]:
    path = re.search(r'points="([^"]+)"', svg)
    assert path
    return [tuple(map(float, pair.split(","))) for pair in path[1].split()]


def _texts(svg: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_a_chart_names_and_describes_itself_for_those_who_cannot_see_it() -> None:
    root = ElementTree.fromstring(CHART.svg())
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert title.text == "Loss & more <by> epoch"
    assert description.text == "It fell from 24.3 to 20."
    labelled = root.attrib["aria-labelledby"].split()
    assert labelled == [title.attrib["id"], description.attrib["id"]]
    assert root.attrib["role"] == "img"


def test_lower_values_stand_lower_and_in_order() -> None:
    points = _points(CHART.svg())
    assert len(points) == 4
    xs, ys = zip(*points, strict=True)
    assert list(xs) == sorted(xs)
    assert ys[0] < ys[1] < ys[3] < ys[2]


def test_the_marked_point_lies_on_the_line() -> None:
    mark = ElementTree.fromstring(CHART.svg()).find(f"{SVG}circle")
    assert mark is not None
    assert (float(mark.attrib["cx"]), float(mark.attrib["cy"])) == _points(CHART.svg())[2]
    assert "kept" in _texts(CHART.svg())


@pytest.mark.parametrize(
    "values", [(3.0,), (0.0, 0.0), (5.0,) * 9, (-0.1, 0.2), (1e-9, 2e-9), (1e6, 2.5e6) * 200]
)
def test_every_line_stays_inside_its_frame(values: tuple[float, ...]) -> None:
    svg = replace(CHART, values=values, marked_x=0).svg()
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in _points(svg))
    assert len(_texts(svg)) < 25


def test_ticks_are_whole_epochs_from_the_first() -> None:
    svg = replace(CHART, first_x=1, values=tuple(float(i) for i in range(300)), marked_x=300).svg()
    assert {"100", "200", "300"} <= set(_texts(svg))
    assert {"0", "1", "2", "3"} <= set(_texts(CHART.svg()))


def test_ticks_are_round_and_enclose_the_values() -> None:
    assert rounded_range((20.05, 24.3)) == (20, 25, 1)
    low, high, step = rounded_range((0.11, 0.19))
    assert (low, high, step) == pytest.approx((0.1, 0.2, 0.02))


def test_on_paper_a_chart_is_an_address_that_holds_it() -> None:
    kind, _, encoded = CHART.address().partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(encoded).decode() == CHART.svg()
