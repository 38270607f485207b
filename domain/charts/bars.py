"""Names and how much each of them matters: bars, the largest first."""

from __future__ import annotations

from collections.abc import Sequence

from domain.charts.chart import Chart, Spec, data, rounded
from domain.charts.theme import SIDES, SYNTHETIC

_STEP = 18
"""Pixels a bar."""


def bar_chart(
    name: str, title: str, alt: str, *, bars: Sequence[tuple[str, float]], form: str, axis: str
) -> Chart:
    """One bar a name, in the order given; ``axis`` says what the length is."""
    length: Spec = {
        "field": "v",
        "type": "quantitative",
        "axis": {"format": form, "title": axis, "tickCount": 5},
    }
    spec = {
        "data": data([{"w": word, "v": rounded(value)} for word, value in bars]),
        "height": {"step": _STEP},
        "mark": {"type": "bar", "fillOpacity": 0.7},
        "encoding": {
            "y": {"field": "w", "type": "nominal", "sort": None, "title": None},
            "x": length,
            "color": {"datum": SYNTHETIC, "scale": {"domain": list(SIDES)}, "legend": None},
        },
    }
    return Chart(name=name, title=title, alt=alt, spec=spec)
