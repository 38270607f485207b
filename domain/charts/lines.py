"""A number that changes step by step, with one step marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.charts.chart import Chart, Spec, data, rounded
from domain.charts.theme import REAL, SIDES, SYNTHETIC

HEIGHT = 170
_TICKS = 6
_LATE = 0.7
"""Beyond this share of the way, words stand left of what they mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One marked step."""

    x: int
    words: str


def line_chart(
    name: str,
    title: str,
    alt: str,
    *,
    first_x: int,
    values: Sequence[float],
    x_label: str,
    y_label: str,
    mark: Mark,
) -> Chart:
    """One line over whole numbers from ``first_x``. ``values`` are finite; at least one."""
    rows: list[Spec] = [
        {"x": first_x + at, "y": rounded(value, 6)} for at, value in enumerate(values)
    ]
    marked = rows[mark.x - first_x]
    line = {"type": "line", "point": len(values) == 1, "strokeWidth": 2}
    late = mark.x - first_x > _LATE * len(values)
    spec = {
        "data": data(rows),
        "height": HEIGHT,
        "encoding": {"x": _steps(x_label, first_x, len(values)), "y": _level(y_label)},
        "layer": [
            {"mark": line, "encoding": {"color": _colour(REAL)}},
            _marked(marked, {"type": "point", "filled": True, "size": 80, "opacity": 1}),
            _marked(marked, _words(mark.words, late=late)),
        ],
    }
    return Chart(name=name, title=title, alt=alt, spec=spec)


def _steps(label: str, first: int, many: int) -> Spec:
    """Few steps have a tick each; left to itself, Vega puts some between them."""
    ticks = {"values": [*range(first, first + many)]} if many <= _TICKS else {"tickCount": _TICKS}
    return {
        "field": "x",
        "type": "quantitative",
        "title": label,
        "scale": {"zero": False, "nice": False},
        "axis": {"format": "d", "tickMinStep": 1, "grid": False, **ticks},
    }


def _level(label: str) -> Spec:
    """The title lies above the axis: upright words would take a phone's width away."""
    title = {"titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleY": -8}
    return {
        "field": "y",
        "type": "quantitative",
        "title": label,
        "scale": {"zero": False},
        "axis": {**title, "titleX": -30, "tickCount": 5},
    }


def _colour(side: str) -> Spec:
    return {"datum": side, "scale": {"domain": list(SIDES)}, "legend": None}


def _marked(row: Spec, mark: Spec) -> Spec:
    return {"data": data([row]), "mark": mark, "encoding": {"color": _colour(SYNTHETIC)}}


def _words(words: str, *, late: bool) -> Spec:
    aside = {"align": "right", "dx": -6} if late else {"align": "left", "dx": 6}
    return {"type": "text", "text": words, "dy": -12, **aside}
