"""Synthetic histories one below the other, each over the band in which most real ones lie.

One axis for all: a value lies equally high in every panel. The panels are one view (a layered one
is as wide as its page, panels of Vega-Lite are not), so values are told in heights of a panel.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.charts.chart import Chart, Spec, data, rounded
from domain.charts.theme import REAL, SIDES, SYNTHETIC

PANEL = 62
"""Pixels of a panel."""
_TURN = 1.35
"""A panel and the room for its name above it, in heights of a panel."""
_TICKS = 3
_FINEST = (1.0, 2.0, 2.5, 5.0, 10.0)
_LONG = 1e6
"""From here on ticks are told in thousands or millions, with a letter."""

History = Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Where four of five real histories lie at their first, second … event."""

    low: Sequence[float]
    middle: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What a panel shows: values from ``low`` to ``high``, which are not equal."""

    low: float
    high: float

    def height(self, value: float) -> float:
        """0 at the bottom of a panel, 1 at its top; what lies beyond is cut there."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def beyond(self, drawn: Sequence[History]) -> int:
        """How many values are cut."""
        known = (v for history in drawn for v in history if v is not None)
        return sum(not self.low <= v <= self.high for v in known)

    @property
    def ticks(self) -> tuple[float, ...]:
        """Round values, about :data:`_TICKS`."""
        step = self._step
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return tuple(step * at for at in range(first, last + 1))

    @property
    def form(self) -> str:
        """How they are written: thousands apart, no more decimals than they have."""
        if max(abs(self.low), abs(self.high)) >= _LONG:
            return "~s"
        decimals = max(0, -math.floor(math.log10(self._step) + 1e-9))
        return f",.{decimals + (self._step * 10**decimals % 1 > 1e-6)}f"

    @property
    def _step(self) -> float:
        wanted = (self.high - self.low) / _TICKS
        power = 10.0 ** math.floor(math.log10(wanted))
        return min((m * power for m in _FINEST), key=lambda step: abs(step - wanted))


def span_of(band: Band | None, drawn: Sequence[History]) -> Span:
    """All values, but no further from the band than it is wide: else one peak would press all
    others flat."""
    known = [v for history in drawn for v in history if v is not None]
    if band is None:
        low, high = min(known), max(known)
    else:
        bottom, top = min(band.low), max(band.high)
        room = top - bottom
        low = min(bottom, max(min(known, default=bottom), bottom - room))
        high = max(top, min(max(known, default=top), top + room))
    if low == high:
        low, high = low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
    return Span(low=low, high=high)


def course_chart(
    name: str,
    title: str,
    alt: str,
    *,
    band: Band | None,
    drawn: Sequence[History],
    event: str = "event of the history",
    panel: str = "Synthetic history",
) -> Chart:
    """A panel a synthetic history: a thin line over the real ``band``, where there is one.

    There is a band or a known value in ``drawn``. ``event`` names the axis, ``panel`` a history.
    """
    span, panels = span_of(band, drawn), max(len(drawn), 1)
    layers = [
        *(_band(band, span, panels) if band else ()),
        _histories(drawn, span),
        _names(panel, drawn, band),
    ]
    spec: Spec = {
        "height": round(PANEL * (_TURN * panels)),
        "encoding": {"x": _events(event), "y": _values(span, panels)},
        "layer": layers,
    }
    return Chart(name=name, title=title, alt=alt, spec=spec)


def _bottom(panel: int, panels: int) -> float:
    """The first history stands at the top."""
    return (panels - 1 - panel) * _TURN


def _band(band: Band, span: Span, panels: int) -> Iterator[Spec]:
    lines = list(zip(band.low, band.middle, band.high, strict=True))
    rows = [
        {
            "x": at,
            "p": str(p),
            **{k: _y(v, span, p, panels) for k, v in zip("lmh", line, strict=True)},
        }
        for p in range(panels)
        for at, line in enumerate(lines, start=1)
    ]
    yield {
        "data": data(rows),
        "mark": {"type": "area", "fillOpacity": 0.2},
        "encoding": {"y": _field("l"), "y2": {"field": "h"}, **_look(REAL)},
    }
    yield {
        "data": data(rows),
        "mark": {"type": "line", "strokeWidth": 3, "opacity": 0.45},
        "encoding": {"y": _field("m"), **_look(REAL)},
    }


def _histories(drawn: Sequence[History], span: Span) -> Spec:
    rows = [
        {"x": at, "p": str(p), "v": rounded(_y(value, span, p, len(drawn)), 6)}
        for p, history in enumerate(drawn)
        for at, value in enumerate(history, start=1)
        if value is not None
    ]
    return {
        "data": data(rows),
        "mark": {"type": "line", "strokeWidth": 1.1, "strokeJoin": "round"},
        "encoding": {"y": _field("v"), **_look(SYNTHETIC)},
    }


def _names(panel: str, drawn: Sequence[History], band: Band | None) -> Spec:
    """Who is in each panel, above its left end."""
    panels = max(len(drawn), 1)
    words = [f"{panel} {p}" for p in range(1, len(drawn) + 1)] or ["Real ones"]
    if band and drawn:
        words[0] += ", over the band of real ones"
    rows = [{"x": 1, "v": _bottom(p, panels) + 1, "t": word} for p, word in enumerate(words)]
    return {
        "data": data(rows),
        "mark": {"type": "text", "align": "left", "baseline": "bottom", "dy": -2, "fontSize": 10},
        "encoding": {"y": _field("v"), "text": {"field": "t"}},
    }


def _y(value: float, span: Span, panel: int, panels: int) -> float:
    return rounded(_bottom(panel, panels) + span.height(value), 6)


def _events(title: str) -> Spec:
    return {
        "field": "x",
        "type": "quantitative",
        "title": title,
        "scale": {"zero": False, "nice": False},
        "axis": {"format": "d", "tickMinStep": 1, "grid": False, "tickCount": 6},
    }


def _values(span: Span, panels: int) -> Spec:
    """Round values in every panel. The label is worked out of the height, so that nothing but
    numbers of this chart stands in the expression."""
    heights = [_bottom(p, panels) + span.height(t) for p in range(panels) for t in span.ticks]
    inside = f"(datum.value - {_TURN} * floor(datum.value / {_TURN} + 1e-9))"
    value = f"{span.low!r} + {inside} * {span.high - span.low!r}"
    return {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, _bottom(0, panels) + _TURN], "nice": False},
        "axis": {
            "values": heights,
            "labelExpr": f"format({value}, '{span.form}')",
            "domain": False,
            "labelOverlap": False,
        },
    }


def _field(field: str) -> Spec:
    return {"field": field, "type": "quantitative"}


def _look(side: str) -> Spec:
    return {
        "detail": {"field": "p", "type": "nominal"},
        "color": {"datum": side, "scale": {"domain": list(SIDES)}, "legend": None},
    }
