"""The look of charts: Okabe and Ito's colours, which colour-blind people tell apart.

Colour never stands alone: sides of a comparison also differ by dash, shape or place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

REAL, HELD_OUT, SYNTHETIC = "Real rows", "Held-out rows", "Synthetic rows"
SIDES = (REAL, HELD_OUT, SYNTHETIC)
"""What is compared everywhere, in the order of the colours."""

DASHES = ([1, 0], [2, 2], [5, 2])
SHAPES = ("square", "diamond", "circle")

PAPER_FONT, PAPER_TITLE_FONT = "SourceSans3-Regular", "SourceSans3-Semibold"
"""What paper is set in, by the names of the font files; the style sheet of the pages brings its
own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The colours of one medium, as CSS writes them."""

    real: str
    held_out: str
    synthetic: str
    ink: str
    quiet: str
    line: str
    ground: str | None
    """Behind the chart; ``None`` lets through what is there."""
    font: str
    title_font: str


PAPER = Palette(
    real="#0072B2",
    held_out="#5f6b73",
    synthetic="#D55E00",
    ink="#17242b",
    quiet="#55646d",
    line="#d5dde1",
    ground="#ffffff",
    font=PAPER_FONT,
    title_font=PAPER_TITLE_FONT,
)

PAGE = Palette(
    real="var(--chart-real)",
    held_out="var(--chart-held-out)",
    synthetic="var(--chart-synthetic)",
    ink="var(--ink)",
    quiet="var(--quiet)",
    line="var(--line)",
    ground=None,
    font="system-ui, sans-serif",
    title_font="system-ui, sans-serif",
)
"""The style sheet's own colours, so that a chart follows a reader's dark mode by itself."""

_EVERYWHERE = "Arial, 'Liberation Sans', Helvetica, sans-serif"

LONE = replace(PAGE, font=_EVERYWHERE, title_font=_EVERYWHERE)
"""A page whose charts were drawn elsewhere: letters must be as wide there as here, and these fonts
are alike in that."""

COLDER, NOTHING, WARMER = "#0072B2", "#f3f3f1", "#D55E00"
"""The ends and the middle of strengths from -1 to 1. Blended, so never a style sheet's."""


def config(palette: Palette) -> dict[str, Any]:
    """Vega-Lite's ``config`` in these colours."""
    return {
        "background": palette.ground,
        "aria": False,
        "font": palette.font,
        "padding": 2,
        "view": {"stroke": None},
        "range": {"category": [palette.real, palette.held_out, palette.synthetic]},
        "axis": _axis(palette),
        "legend": _legend(palette),
        "title": {
            "color": palette.ink,
            "font": palette.title_font,
            "fontSize": 12,
            "fontWeight": "normal",
            "anchor": "start",
            "frame": "group",
        },
        "text": {"color": palette.ink, "fontSize": 11},
        "rule": {"color": palette.quiet},
        "tick": {"color": palette.ink},
    }


def _axis(palette: Palette) -> dict[str, Any]:
    return {
        "labelColor": palette.quiet,
        "titleColor": palette.quiet,
        "domainColor": palette.quiet,
        "tickColor": palette.quiet,
        "gridColor": palette.line,
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "labelLimit": 130,
        "titleLimit": 260,
        "labelOverlap": "greedy",
        "tickSize": 3,
    }


def _legend(palette: Palette) -> dict[str, Any]:
    return {
        "labelColor": palette.ink,
        "titleColor": palette.quiet,
        "labelFontSize": 11,
        "labelLimit": 200,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "orient": "top",
        "title": None,
        "columns": 3,
        "symbolSize": 70,
        "symbolStrokeWidth": 2,
        "gradientLength": 120,
        "gradientThickness": 8,
    }
