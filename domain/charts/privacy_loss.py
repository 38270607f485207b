"""A privacy guarantee in two pictures: ε at every δ, and belief before and after."""

from __future__ import annotations

from collections.abc import Sequence

from domain.charts.chart import Chart, Spec, data, rounded

_HEIGHT = 190
_ANYWAY, _AFTER = "Believed anyway", "At most, after the release"
_SIDES = (_ANYWAY, "", _AFTER)
"""The one in the middle has the colour of held-out rows, which stand for nothing here."""
_ABOVE: Spec = {
    "titleAngle": 0,
    "titleAlign": "left",
    "titleAnchor": "end",
    "titleY": -8,
    "titleX": -30,
}
"""A title above its axis: upright words would take a phone's width away."""


def loss_chart(name: str, alt: str, *, curve: Sequence[tuple[float, float]], at: float) -> Chart:
    """``curve`` holds (δ, ε), at least two, δ above 0; the point whose δ is nearest to ``at``,
    which was promised, is marked."""
    rows = [{"d": rounded(delta, 3), "e": rounded(epsilon)} for delta, epsilon in curve]
    promised = min(rows, key=lambda row: abs(row["d"] - at))
    spec: Spec = {
        "data": data(rows),
        "height": _HEIGHT,
        "encoding": {
            "x": {
                "field": "d",
                "type": "quantitative",
                "scale": {"type": "log", "nice": False},
                "axis": {"title": "δ: chance that the bound does not hold", "format": "~e"},
            },
            "y": {
                "field": "e",
                "type": "quantitative",
                "scale": {"zero": False, "padding": 16},
                "axis": {"title": "ε", **_ABOVE, "tickCount": 5},
            },
            "color": _colour(_AFTER),
        },
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 2}},
            {"mark": {"type": "point", "filled": True, "size": 40, "opacity": 1}},
            {
                "data": data([promised]),
                "mark": {"type": "point", "filled": False, "size": 190, "strokeWidth": 2},
            },
        ],
    }
    return Chart(name=name, title="ε at other δ", alt=alt, spec=spec)


def belief_chart(name: str, alt: str, *, beliefs: Sequence[tuple[float, float]]) -> Chart:
    """``beliefs`` holds (before, at most after), shares of 0 to 1 in ascending order."""
    rows = [
        row
        for before, after in beliefs
        for row in (
            {"b": rounded(before), "a": rounded(after), "s": _AFTER},
            {"b": rounded(before), "a": rounded(before), "s": _ANYWAY},
        )
    ]
    share: Spec = {"format": ".0%", "tickCount": 5}
    spec: Spec = {
        "data": data(rows),
        "height": _HEIGHT,
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": {
            "x": {
                "field": "b",
                "type": "quantitative",
                "axis": {**share, "title": "belief before that one person was in the table"},
            },
            "y": {
                "field": "a",
                "type": "quantitative",
                "axis": {**share, "title": "belief after", **_ABOVE},
            },
            "color": {
                "field": "s",
                "type": "nominal",
                "scale": {"domain": list(_SIDES)},
                "legend": {"values": [_ANYWAY, _AFTER]},
            },
            "strokeDash": {
                "field": "s",
                "type": "nominal",
                "scale": {"domain": list(_SIDES), "range": [[5, 3], [2, 2], [1, 0]]},
                "legend": {"values": [_ANYWAY, _AFTER]},
            },
        },
    }
    return Chart(name=name, title="What can be learned about one person", alt=alt, spec=spec)


def _colour(side: str) -> Spec:
    return {"datum": side, "scale": {"domain": list(_SIDES)}, "legend": None}
