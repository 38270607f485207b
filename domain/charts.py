"""One chart grammar for page and paper: a chart says what it shows and writes itself as SVG.

Colours are presentation attributes, which print as they are; the style sheet of the pages
overrides them by class, and so follows a reader's dark mode.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

WIDTH, HEIGHT = 560, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 18, 28, 42
_TICKS = 5
FONT = "Source Sans 3"
"""What paper is set in; the style sheet of the pages puts its own in the place."""
_LINE, _MARK, _AXIS, _WORDS = "#0f5f6b", "#b3541e", "#84939b", "#55646d"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChart:
    """One line over whole numbers, with one point marked.

    ``name`` tells it apart from other charts of the same page: letters, digits and dashes.
    """

    name: str
    title: str
    description: str
    """What the line says, for those who cannot see it."""
    x_label: str
    y_label: str
    first_x: int
    values: tuple[float, ...]
    """Finite; at least one."""
    marked_x: int
    mark_label: str

    def svg(self) -> str:
        """The chart as an SVG element that is whole by itself."""
        low, high, step = rounded_range(self.values)
        points = [(self._x(i), _y(v, low, high)) for i, v in enumerate(self.values)]
        parts = [
            *self._y_axis(low, high, step),
            *self._x_axis(),
            _line(points),
            *self._mark(points[self.marked_x - self.first_x]),
        ]
        title, description = f"{self.name}-title", f"{self.name}-description"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img" '
            f"aria-labelledby={quoteattr(f'{title} {description}')}>"
            f"<title id={quoteattr(title)}>{escape(self.title)}</title>"
            f"<desc id={quoteattr(description)}>{escape(self.description)}</desc>"
            f"{''.join(parts)}</svg>"
        )

    def address(self) -> str:
        """The chart as a ``data:`` address, for paper."""
        encoded = base64.b64encode(self.svg().encode()).decode()
        return f"data:image/svg+xml;base64,{encoded}"

    def _x(self, place: int) -> float:
        steps = max(len(self.values) - 1, 1)
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * place / steps

    def _x_axis(self) -> list[str]:
        foot, last = HEIGHT - _BOTTOM, len(self.values) - 1
        step = max(_round_step(max(last, 1) / _TICKS), 1)
        first = -self.first_x % int(step)
        ticks = [
            _text(self._x(i), foot + 16, f"{self.first_x + i:,}", "middle")
            for i in range(first, last + 1, int(step))
        ]
        middle = (_LEFT + WIDTH - _RIGHT) / 2
        return [*ticks, _text(middle, HEIGHT - 6, self.x_label, "middle")]

    def _y_axis(self, low: float, high: float, step: float) -> list[str]:
        digits = max(0, -math.floor(math.log10(step)))
        parts = [_text(_LEFT - 56, 12, self.y_label, "start")]
        for number in range(round((high - low) / step) + 1):
            value = low + number * step
            y = _y(value, low, high)
            parts.append(
                f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" '
                f'y2="{y:.1f}" stroke="{_AXIS}" stroke-width="0.5" stroke-opacity="0.6"/>'
            )
            parts.append(_text(_LEFT - 8, y + 4, f"{value:,.{digits}f}", "end"))
        return parts

    def _mark(self, point: tuple[float, float]) -> list[str]:
        x, y = point
        anchor = "end" if x > WIDTH * 0.75 else "start"
        beside = x - 7 if anchor == "end" else x + 7
        return [
            f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_MARK}"/>',
            _text(beside, max(y - 9, _TOP + 4), self.mark_label, anchor, "mark"),
        ]


def rounded_range(values: Sequence[float]) -> tuple[float, float, float]:
    """Round numbers just below and above ``values``, and the step of the ticks between them."""
    low, high = min(values), max(values)
    span = high - low or abs(high) or 1.0
    step = _round_step(span / _TICKS)
    bottom, top = math.floor(low / step) * step, math.ceil(high / step) * step
    return bottom, max(top, bottom + step), step


def _round_step(rough: float) -> float:
    """The next of 1, 2, 5, 10 … times a power of ten that is at least ``rough``."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))


def _y(value: float, low: float, high: float) -> float:
    return _TOP + (HEIGHT - _TOP - _BOTTOM) * (high - value) / (high - low)


def _line(points: Sequence[tuple[float, float]]) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="line" points="{path}" fill="none" stroke="{_LINE}" stroke-width="2"/>'


def _text(x: float, y: float, words: str, anchor: str, kind: str = "words") -> str:
    colour = _MARK if kind == "mark" else _WORDS
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" font-size="11" '
        f'font-family="{FONT}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'
    )
