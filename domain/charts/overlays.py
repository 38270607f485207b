"""One column's values, real, held out and synthetic, laid over each other.

They carry no key: many stand beside each other, and what a colour, dash or shape means is said
once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from domain.charts.chart import Chart, Spec, data, rounded
from domain.charts.theme import DASHES, HELD_OUT, REAL, SHAPES, SIDES, SYNTHETIC

HEIGHT = 110
_STEP = 17
"""Pixels a category."""
_YEARS, _LONG = 1e4, 1e5
_KEYS = {REAL: "r", HELD_OUT: "h", SYNTHETIC: "s"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """The share of each side's rows that falls into each bin, 0 to 1; all of the same length."""

    real: tuple[float, ...]
    held_out: tuple[float, ...]
    """Empty where no rows were held out."""
    synthetic: tuple[float, ...]

    @property
    def by_side(self) -> dict[str, tuple[float, ...]]:
        """The sides there are, in the order of the colours."""
        sides = zip(SIDES, (self.real, self.held_out, self.synthetic), strict=True)
        return {side: shares for side, shares in sides if shares}

    def at(self, bin_: int, factor: float = 1.0) -> Spec:
        """One bin's shares as a row of data."""
        return {_KEYS[side]: rounded(s[bin_] * factor) for side, s in self.by_side.items()}


def number_overlay(
    name: str, title: str, alt: str, *, edges: Sequence[float], shares: Shares, dates: bool
) -> Chart:
    """Stepped lines over the bins between ``edges``; ``dates`` are in seconds since 1970.

    Where bins differ in width the height is what the narrowest width would hold, so that areas
    can be compared and no height is more than all rows.
    """
    spec = {
        "data": data(list(_steps(edges, shares, 1000 if dates else 1))),
        "height": HEIGHT,
        "encoding": {"x": _dates() if dates else _numbers(edges)},
        "layer": [_area(), *(_line(side) for side in shares.by_side)],
    }
    return Chart(name=name, title=title, alt=alt, spec=spec)


def category_overlay(
    name: str, title: str, alt: str, *, words: Sequence[str], shares: Shares
) -> Chart:
    """A bar for the real rows, a dot and a diamond for the others, category below category."""
    rows = [{"w": word, **shares.at(bin_)} for bin_, word in enumerate(words)]
    others = list(shares.by_side)[1:]
    spec = {
        "data": data(rows),
        "height": {"step": _STEP},
        "encoding": {"y": {"field": "w", "type": "nominal", "sort": None, "title": None}},
        "layer": [_bar(), *(_dot(side) for side in others)],
    }
    return Chart(name=name, title=title, alt=alt, spec=spec)


def _steps(edges: Sequence[float], shares: Shares, unit: int) -> Iterator[Spec]:
    """A row an edge; the last repeats the last bin, for a step needs its end."""
    widths = [right - left for left, right in pairwise(edges)]
    narrowest = min((width for width in widths if width > 0), default=1.0)
    for at, edge in enumerate(edges):
        bin_ = min(at, len(widths) - 1)
        factor = narrowest / widths[bin_] if widths[bin_] > 0 else 1.0
        yield {"x": rounded(edge * unit, 12), **shares.at(bin_, factor)}


def _numbers(edges: Sequence[float]) -> Spec:
    """Thousands stand apart, but in what may be years; letters of thousands and millions stand
    for long numbers only (of fractions they would make “300m”)."""
    largest = max(map(abs, edges))
    apart = "," if largest >= _YEARS else ""
    form = "~s" if largest >= _LONG else f"{apart}.6~r"
    return {
        "field": "x",
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False, "nice": False},
        "axis": {"grid": False, "tickCount": 4, "format": form},
    }


def _dates() -> Spec:
    return {
        "field": "x",
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc", "nice": False},
        "axis": {"grid": False, "tickCount": 4},
    }


def _share(side: str) -> Spec:
    axis = {"format": "~%", "tickCount": 3, "title": None}
    return {"field": _KEYS[side], "type": "quantitative", "axis": axis}


def _look(side: str, values: Sequence[object] | None = None) -> Spec:
    """A side's place among the colours, or among other ``values`` that tell sides apart."""
    scale: Spec = {"domain": list(SIDES)}
    if values is not None:
        scale["range"] = list(values)
    return {"datum": side, "scale": scale, "legend": None}


def _area() -> Spec:
    return {
        "mark": {"type": "area", "interpolate": "step-after", "fillOpacity": 0.18},
        "encoding": {"y": _share(REAL), "color": _look(REAL)},
    }


def _line(side: str) -> Spec:
    return {
        "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 1.6},
        "encoding": {
            "y": _share(side),
            "color": _look(side),
            "strokeDash": _look(side, DASHES),
        },
    }


def _bar() -> Spec:
    return {
        "mark": {"type": "bar", "fillOpacity": 0.45, "height": {"band": 0.8}},
        "encoding": {"x": _share(REAL), "color": _look(REAL)},
    }


def _dot(side: str) -> Spec:
    return {
        "mark": {"type": "point", "filled": side == SYNTHETIC, "size": 45, "opacity": 1},
        "encoding": {
            "x": _share(side),
            "color": _look(side),
            "shape": _look(side, SHAPES),
        },
    }
