"""What is reached at each ε, over a logarithmic axis, with the goal drawn across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.charts.chart import Chart, Spec, data, rounded
from domain.charts.theme import SIDES, SYNTHETIC

HEIGHT = 190


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One ε: the median over seeds, and the lowest and the highest."""

    epsilon: float
    value: float
    low: float
    high: float


def frontier_chart(
    name: str,
    title: str,
    alt: str,
    *,
    steps: Sequence[Step],
    limit: float | None = None,
    found: float | None = None,
) -> Chart:
    """A line through the medians with whiskers. ``limit`` is drawn across, dashed; ``found`` is
    the ε that is marked as the answer. At least one step."""
    rows: list[Spec] = [
        {
            "e": rounded(step.epsilon),
            "v": rounded(step.value),
            "l": rounded(step.low),
            "h": rounded(step.high),
        }
        for step in sorted(steps, key=lambda step: step.epsilon)
    ]
    layers: list[Spec] = [
        _layer({"type": "rule", "strokeWidth": 2}, "l", {"y2": {"field": "h"}}),
        _layer({"type": "line", "strokeWidth": 2}, "v", {}),
        _layer({"type": "point", "filled": True, "size": 55, "opacity": 1}, "v", {}),
    ]
    if limit is not None:
        layers.append(_across(limit))
    if found is not None:
        layers.extend(_marked([row for row in rows if row["e"] == rounded(found)]))
    spec = {
        "data": data(rows),
        "height": HEIGHT,
        "encoding": {"x": _epsilons([row["e"] for row in rows])},
        "layer": layers,
    }
    return Chart(name=name, title=title, alt=alt, spec=spec)


def _epsilons(tried: Sequence[float]) -> Spec:
    """Ticks stand where something was measured."""
    return {
        "field": "e",
        "type": "quantitative",
        "title": "ε (log scale; smaller is more private)",
        "scale": {"type": "log", "nice": False, "padding": 12},
        "axis": {"values": list(dict.fromkeys(tried)), "format": "~g", "grid": False},
    }


def _layer(mark: Spec, field: str, more: Spec) -> Spec:
    return {"mark": mark, "encoding": {"y": _level(field), "color": _colour(), **more}}


def _level(field: str) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False, "nice": True},
        "axis": {"tickCount": 5},
    }


def _colour() -> Spec:
    return {"datum": SYNTHETIC, "scale": {"domain": list(SIDES)}, "legend": None}


def _across(limit: float) -> Spec:
    return {
        "data": data([{"t": rounded(limit)}]),
        "mark": {"type": "rule", "strokeDash": [5, 3], "strokeWidth": 1.5},
        "encoding": {"x": None, "y": _level("t")},
    }


def _marked(rows: Sequence[Spec]) -> list[Spec]:
    """The answer, by shape and in words, so that colour does not stand alone."""
    words = [{**row, "w": f"ε = {row['e']:g}"} for row in rows]
    ring = {"type": "point", "filled": False, "shape": "circle", "size": 220, "strokeWidth": 2}
    return [
        {"data": data(words), "mark": ring, "encoding": {"y": _level("v"), "color": _colour()}},
        {
            "data": data(words),
            "mark": {"type": "text", "dy": -9},
            "encoding": {"y": _level("h"), "text": {"field": "w", "type": "nominal"}},
        },
    ]
