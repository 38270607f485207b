"""Curves on logarithmic axes as one SVG: a straight line of slope one is “linear”."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 340, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 16, 34, 44
_COLOURS = ("#0f5f6b", "#b3541e", "#6b4fa0", "#3d7a2e")
_AXIS, _WORDS = "#84939b", "#55646d"
_FINEST = ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))
"""Steps within a power of ten that get a tick: as many as there is room for."""
_MOST_TICKS = 6

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One measured quantity; points that are not above 0 cannot be drawn and are passed over."""

    name: str
    points: tuple[Point, ...]

    @property
    def drawable(self) -> tuple[Point, ...]:
        """In the order of x."""
        return tuple(sorted((x, y) for x, y in self.points if x > 0 and y > 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Curves over one pair of axes, with a dashed line of slope one through the first point."""

    x_label: str
    y_label: str
    curves: tuple[Curve, ...]

    @property
    def points(self) -> list[Point]:
        """Every point that is drawn."""
        return [point for curve in self.curves for point in curve.drawable]


def drawing(panels: Sequence[Panel], *, across: int, title: str) -> str:
    """The panels that have points, ``across`` in a row."""
    shown = [panel for panel in panels if panel.points]
    down = math.ceil(len(shown) / across) or 1
    placed = [
        f'<g transform="translate({_WIDTH * (i % across)} {_HEIGHT * (i // across)})">'
        f"{_panel(panel)}</g>"
        for i, panel in enumerate(shown)
    ]
    width, height = _WIDTH * across, _HEIGHT * down
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" font-family="sans-serif" font-size="11">'
        f"<title>{escape(title)}</title>"
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>{"".join(placed)}</svg>\n'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """From a positive number to its place."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def over(cls, values: Sequence[float], start: float, end: float) -> Axis:
        """A little wider than ``values``; at least a factor of two from end to end."""
        low, high = min(values) / 1.15, max(values) * 1.15
        widen = max(math.sqrt(2 * low / high), 1.0)
        return cls(low=low / widen, high=high * widen, start=start, end=end)

    def place(self, value: float) -> float:
        """Where ``value`` stands."""
        part = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + (self.end - self.start) * part

    def ticks(self) -> list[float]:
        """Round numbers along the axis."""
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        ticks: list[float] = []
        for steps in _FINEST:
            numbers = [step * 10.0**power for power in powers for step in steps]
            ticks = [number for number in numbers if self.low <= number <= self.high]
            if len(ticks) <= _MOST_TICKS:
                break
        return ticks


def _panel(panel: Panel) -> str:
    across = Axis.over([x for x, _ in panel.points], _LEFT, _WIDTH - _RIGHT)
    up = Axis.over([y for _, y in panel.points], _HEIGHT - _BOTTOM, _TOP)
    parts = [*_x_axis(across, panel.x_label), *_y_axis(up, panel.y_label)]
    for place, curve in enumerate(panel.curves):
        if curve.drawable:
            colour = _COLOURS[place % len(_COLOURS)]
            parts += [_linear(curve.drawable, across, up, colour)]
            parts += _curve(curve.drawable, across, up, colour)
            legend = _WIDTH - _RIGHT, _TOP - 20 + 12 * place
            parts.append(_text(*legend, curve.name, "end", colour))
    return "".join(parts)


def _x_axis(axis: Axis, label: str) -> list[str]:
    foot = _HEIGHT - _BOTTOM
    parts = [_text((axis.start + axis.end) / 2, _HEIGHT - 10, label, "middle")]
    for tick in axis.ticks():
        x = axis.place(tick)
        parts += [_rule(x, _TOP, x, foot), _text(x, foot + 15, short(tick), "middle")]
    return parts


def _y_axis(axis: Axis, label: str) -> list[str]:
    parts = [_text(8, _TOP - 14, label, "start")]
    for tick in axis.ticks():
        y = axis.place(tick)
        parts += [_rule(_LEFT, y, _WIDTH - _RIGHT, y), _text(_LEFT - 7, y + 4, short(tick), "end")]
    return parts


def _curve(points: Sequence[Point], across: Axis, up: Axis, colour: str) -> list[str]:
    places = [(across.place(x), up.place(y)) for x, y in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    line = f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
    return [line, *dots]


def _linear(points: Sequence[Point], across: Axis, up: Axis, colour: str) -> str:
    """As far as it stays in the picture, what ten times as much for ten times x would be."""
    x, y = points[0]
    factor = min(points[-1][0] / x, up.high / y)
    ends = [(across.place(x * f), up.place(y * f)) for f in (1.0, max(factor, 1.0))]
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in ends)
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-dasharray="3 4" '
        f'stroke-opacity="0.6"/>'
    )


def short(number: float) -> str:
    """A tick's label: 20k for 20,000."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size * (1 - 1e-9):
            return f"{number / size:g}{letter}"
    return f"{number:g}"


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{_AXIS}" stroke-width="0.5" stroke-opacity="0.5"/>'
    )


def _text(x: float, y: float, words: str, anchor: str, colour: str = _WORDS) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(words)}</text>"
    )
