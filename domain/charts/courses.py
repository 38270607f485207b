"""Synthetic histories over the band in which most real ones lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.charts.chart import Chart, Spec, data, rounded
from domain.charts.theme import REAL, SIDES, SYNTHETIC

HEIGHT = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Where four of five real histories lie at their first, second … event."""

    low: Sequence[float]
    middle: Sequence[float]
    high: Sequence[float]


def course_chart(
    name: str,
    title: str,
    alt: str,
    *,
    band: Band | None,
    drawn: Sequence[Sequence[float | None]],
) -> Chart:
    """A thin dashed line a synthetic history, over the real ``band`` where there is one."""
    layers = [*(_band(band) if band else ()), _histories(drawn)]
    spec: Spec = {
        "height": HEIGHT,
        "encoding": {"x": _events()},
        "layer": layers,
    }
    return Chart(name=name, title=title, alt=alt, spec=spec)


def _band(band: Band) -> Iterator[Spec]:
    rows = [
        {"x": at, "l": rounded(low, 6), "m": rounded(middle, 6), "h": rounded(high, 6)}
        for at, (low, middle, high) in enumerate(
            zip(band.low, band.middle, band.high, strict=True), start=1
        )
    ]
    yield {
        "data": data(rows),
        "mark": {"type": "area", "fillOpacity": 0.18},
        "encoding": {"y": _value("l"), "y2": {"field": "h"}, "color": _colour(REAL)},
    }
    yield {
        "data": data(rows),
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": {"y": _value("m"), "color": _colour(REAL)},
    }


def _histories(drawn: Sequence[Sequence[float | None]]) -> Spec:
    rows = [
        {"x": at, "y": rounded(value, 6), "n": str(number)}
        for number, history in enumerate(drawn)
        for at, value in enumerate(history, start=1)
        if value is not None
    ]
    return {
        "data": data(rows),
        "mark": {"type": "line", "strokeWidth": 1.1, "strokeDash": [5, 2], "opacity": 0.75},
        "encoding": {
            "y": _value("y"),
            "detail": {"field": "n", "type": "nominal"},
            "color": _colour(SYNTHETIC),
        },
    }


def _events() -> Spec:
    return {
        "field": "x",
        "type": "quantitative",
        "title": "event of the history",
        "scale": {"zero": False, "nice": False},
        "axis": {"format": "d", "tickMinStep": 1, "grid": False, "tickCount": 6},
    }


def _value(field: str) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False},
        "axis": {"tickCount": 5, "format": "~s"},
    }


def _colour(side: str) -> Spec:
    return {"datum": side, "scale": {"domain": list(SIDES)}, "legend": None}
