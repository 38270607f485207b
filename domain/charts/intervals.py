"""Numbers with their 95 % intervals, line below line, two sides below each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.charts.chart import WRAPPED, Chart, Spec, data, rounded, wrapped
from domain.charts.theme import REAL, SYNTHETIC

_STEP = 15
"""Pixels a side of a line."""
_ALONE = 28
"""Pixels a line that has one side only."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One number and how well it is known."""

    value: float
    interval: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is measured on one line of the chart."""

    label: str
    twin: Measured
    """By means of the synthetic rows."""
    other: Measured | None = None
    """What it is held against: real rows, a control group."""
    limit: float | None = None
    """Drawn as an upright tick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What the two sides of every line are called."""

    twin: str = SYNTHETIC
    other: str = REAL


def interval_chart(
    name: str,
    title: str,
    alt: str,
    *,
    lines: Sequence[Line],
    form: str,
    sides: Sides | None = None,
    bars: bool = False,
) -> Chart:
    """Dots, or ``bars`` from zero, with whiskers; ``form`` is how d3 writes the axis' numbers.

    ``sides`` is ``None`` where every line has one side only.
    """
    labels = wrapped([line.label for line in lines])
    told = zip(lines, labels, strict=True)
    spec: Spec = {
        "data": data([row for line, label in told for row in _rows(line, label, sides)]),
        "height": {"step": _STEP if sides else _ALONE},
        "encoding": {"y": _lines(labels)},
        "layer": list(_layers(lines, form, sides, bars)),
    }
    if sides:
        spec["encoding"]["yOffset"] = {
            "field": "k",
            "type": "nominal",
            "sort": None,
            "scale": {"domain": [sides.twin, sides.other]},
        }
    return Chart(name=name, title=title, alt=alt, spec=spec)


def _rows(line: Line, label: str, sides: Sides | None) -> Iterator[Spec]:
    """A row a side. The limit goes with each, so that its ticks join."""
    named = sides or Sides()
    for side, measured in ((named.twin, line.twin), (named.other, line.other)):
        if measured is None:
            continue
        row: Spec = {"w": label, "k": side, "v": rounded(measured.value)}
        if measured.interval is not None:
            row |= {"l": rounded(measured.interval[0]), "h": rounded(measured.interval[1])}
        if line.limit is not None:
            row["t"] = rounded(line.limit)
        yield row


def _layers(lines: Sequence[Line], form: str, sides: Sides | None, bars: bool) -> Iterator[Spec]:
    if bars:
        yield _layer({"type": "bar", "fillOpacity": 0.45}, "v", form, sides, zero=True)
    else:
        yield _dot(form, sides)
    if any(m and m.interval for line in lines for m in (line.twin, line.other)):
        whisker = _layer({"type": "rule", "strokeWidth": 2}, "l", form, sides, zero=bars)
        whisker["encoding"]["x2"] = {"field": "h"}
        yield whisker
    if any(line.limit is not None for line in lines):
        tick = {"type": "tick", "thickness": 2, "height": _STEP if sides else _ALONE}
        yield {"mark": tick, "encoding": {"x": _place("t", form, zero=bars)}}


def _layer(mark: Spec, field: str, form: str, sides: Sides | None, *, zero: bool) -> Spec:
    place = _place(field, form, zero=zero)
    return {"mark": mark, "encoding": {"x": place, "color": _colour(sides)}}


def _dot(form: str, sides: Sides | None) -> Spec:
    mark = {"type": "point", "filled": True, "size": 65, "opacity": 1}
    layer = _layer(mark, "v", form, sides, zero=False)
    layer["encoding"]["shape"] = _look(sides, ["diamond", "square", "circle"])
    return layer


def _lines(labels: Sequence[str]) -> Spec:
    return {
        "field": "w",
        "type": "nominal",
        "sort": None,
        "title": None,
        "scale": {"domain": list(labels)},
        "axis": {"ticks": False, "domain": False, **WRAPPED},
    }


def _colour(sides: Sides | None) -> Spec:
    """The colours of every comparison: what is held against takes that of the real rows."""
    return _look(sides, None)


def _look(sides: Sides | None, values: Sequence[str] | None) -> Spec:
    named = sides or Sides()
    scale: Spec = {"domain": [named.other, "", named.twin]}
    if values is not None:
        scale["range"] = list(values)
    legend = {"title": None, "values": [named.twin, named.other]} if sides else None
    return {"field": "k", "type": "nominal", "scale": scale, "legend": legend}


def _place(field: str, form: str, *, zero: bool) -> Spec:
    scale: Spec = {"zero": zero} if zero else {"zero": False, "padding": 10}
    axis = {"format": form, "title": None, "tickCount": 5}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}
