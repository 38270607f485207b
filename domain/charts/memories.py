"""How a number goes together with itself, event by event later: one line a side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from domain.charts.chart import Chart, Spec, data, rounded
from domain.charts.theme import DASHES, SHAPES, SIDES

HEIGHT = 130


def memory_chart(
    name: str, title: str, alt: str, *, lines: Mapping[str, Sequence[float | None]]
) -> Chart:
    """A line a side of :data:`domain.charts.theme.SIDES`, over lags from 1; −1 to 1, gaps where
    nothing is known."""
    shown = [side for side in SIDES if lines.get(side)]
    spec: Spec = {
        "data": data(list(_rows(shown, lines))),
        "height": HEIGHT,
        "mark": {"type": "line", "point": {"filled": True, "size": 30}, "strokeWidth": 1.6},
        "encoding": {
            "x": {
                "field": "x",
                "type": "quantitative",
                "title": "events later",
                "scale": {"nice": False},
                "axis": {"format": "d", "tickMinStep": 1, "grid": False, "tickCount": 7},
            },
            "y": {
                "field": "y",
                "type": "quantitative",
                "title": None,
                "scale": {"zero": True},
                "axis": {"format": ".2~f", "tickCount": 4},
            },
            "color": _look(shown, None),
            "strokeDash": _look(shown, DASHES),
            "shape": _look(shown, SHAPES),
        },
    }
    return Chart(name=name, title=title, alt=alt, spec=spec)


def _rows(shown: Sequence[str], lines: Mapping[str, Sequence[float | None]]) -> Iterator[Spec]:
    for side in shown:
        for lag, value in enumerate(lines[side], start=1):
            if value is not None:
                yield {"x": lag, "y": rounded(value), "k": side}


def _look(shown: Sequence[str], values: Sequence[object] | None) -> Spec:
    scale: Spec = {"domain": list(SIDES)}
    if values is not None:
        scale["range"] = list(values)
    legend = {
        "title": None,
        "values": list(shown),
        "labelExpr": "replace(datum.label, ' rows', '')",
    }
    return {"field": "k", "type": "nominal", "scale": scale, "legend": legend}
