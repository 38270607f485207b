"""Charts as SVG without a browser, by vl-convert. Only workers draw: it brings a JavaScript engine
of its own, which a web process must never load."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import vl_convert

from domain.charts.chart import Chart
from domain.charts.theme import PAGE, PAPER, Palette, config

_GRAMMAR = "6.4"
"""The Vega-Lite of the pages' own bundle, so that page and paper show the same."""
_FONTS = Path(__file__).resolve().parents[2] / "static" / "vendor" / "fonts"


def on_paper(chart: Chart, width: int) -> str:
    """The chart as SVG in the colours of paper, its drawing area ``width`` pixels wide."""
    return _svg(chart.whole(width), PAPER)


def on_page(chart: Chart, width: int) -> str:
    """The chart as SVG in the colours of the page that it stands in."""
    return _svg(chart.whole(width), PAGE)


def sheet_on_paper(spec: dict[str, Any]) -> str:
    """Several charts in one SVG (see :func:`domain.charts.chart.sheet`)."""
    return _svg(spec, PAPER)


def _svg(spec: dict[str, Any], palette: Palette) -> str:
    _register_fonts()
    return vl_convert.vegalite_to_svg(
        json.dumps(spec, ensure_ascii=False),
        vl_version=_GRAMMAR,
        config=config(palette),
        allowed_base_urls=[],
    )


@cache
def _register_fonts() -> None:
    vl_convert.register_font_directory(str(_FONTS))
