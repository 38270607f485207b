"""How strongly columns hang together: real, synthetic, and the difference, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from domain.charts.chart import Chart, Spec, data, distinct, rounded, shortened
from domain.charts.theme import COLDER, NOTHING, WARMER

_STEP = 15
"""Pixels a column."""
_ROOM = 40
_NAME = 90
"""Pixels of a column's name."""
_SMALLEST_RANGE = 0.1
"""Differences below this are drawn pale, however small the largest is."""

Matrix = Sequence[Sequence[float]]


def association_heatmaps(
    name: str, alts: tuple[str, str, str], columns: Sequence[str], real: Matrix, synthetic: Matrix
) -> tuple[Chart, Chart, Chart]:
    """Three charts of the pairs below the diagonal: real, synthetic, synthetic minus real.

    Strengths are −1 to 1; the difference has a scale of its own, named in its legend.
    """
    columns = distinct([shortened(column, _NAME) for column in columns])
    pairs = [(a, b) for a in range(len(columns)) for b in range(a)]
    differences = [synthetic[a][b] - real[a][b] for a, b in pairs]
    largest = max(_SMALLEST_RANGE, *(abs(d) for d in differences), 0.0)
    matrices = {
        "Real rows": ([real[a][b] for a, b in pairs], 1.0),
        "Synthetic rows": ([synthetic[a][b] for a, b in pairs], 1.0),
        "Difference": (differences, largest),
    }
    charts = [
        _heatmap(f"{name}-{number}", title, alt, columns, pairs, values, reach)
        for number, (alt, (title, (values, reach))) in enumerate(
            zip(alts, matrices.items(), strict=True), start=1
        )
    ]
    return charts[0], charts[1], charts[2]


def _heatmap(
    name: str,
    title: str,
    alt: str,
    columns: Sequence[str],
    pairs: Sequence[tuple[int, int]],
    values: Sequence[float],
    reach: float,
) -> Chart:
    rows = [
        {"a": columns[a], "b": columns[b], "v": rounded(v)}
        for (a, b), v in zip(pairs, values, strict=True)
    ]
    spec = {
        "data": data(rows),
        "height": _STEP * len(columns) + _ROOM,
        "mark": {"type": "rect"},
        "encoding": {
            "x": _side("b", columns, {"labelAngle": -90, "labelOverlap": "parity"}),
            "y": _side("a", columns, {"labelOverlap": False}),
            "color": _strength(reach),
        },
    }
    return Chart(name=name, title=title, alt=alt, spec=spec)


def _side(field: str, columns: Sequence[str], axis: Spec) -> Spec:
    shown = list(columns[:-1] if field == "b" else columns[1:])
    look = {"domain": False, "ticks": False, "labelLimit": _NAME}
    return {
        "field": field,
        "type": "nominal",
        "sort": None,
        "title": None,
        "scale": {"domain": shown},
        "axis": {**look, **axis},
    }


def _strength(reach: float) -> Spec:
    return {
        "field": "v",
        "type": "quantitative",
        "scale": {
            "domain": [-reach, 0, reach],
            "range": [COLDER, NOTHING, WARMER],
            "interpolate": "rgb",
        },
        "legend": {"title": None, "values": [-reach, 0, reach], "format": ".2~f"},
    }
