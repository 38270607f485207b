"""Charts drawn without a browser, by vl-convert. Only workers draw: it brings a JavaScript engine
of its own, which a web process must never load."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import vl_convert

from domain.charts.chart import Chart
from domain.charts.theme import LONE, PAPER, config

_GRAMMAR = "6.4"
"""The Vega-Lite of the pages' own bundle, so that page and paper show the same."""
_FONTS = Path(__file__).resolve().parents[2] / "static" / "vendor" / "fonts"


DOTS = 200
"""Dots an inch, at which print looks sharp."""


def on_paper(spec: dict[str, Any]) -> bytes:
    """A specification as PNG in the colours of paper, :data:`DOTS` to every 72 of its pixels."""
    _register_fonts()
    return vl_convert.vegalite_to_png(
        _written(spec), vl_version=_GRAMMAR, config=config(PAPER), allowed_base_urls=[], ppi=DOTS
    )


def on_lone_page(chart: Chart, width: int) -> str:
    """The chart as SVG in the colours of the page that it stands in, its drawing area ``width``
    pixels wide."""
    _register_fonts()
    return vl_convert.vegalite_to_svg(
        _written(chart.whole(width)),
        vl_version=_GRAMMAR,
        config=config(LONE),
        allowed_base_urls=[],
    )


_FILE_WIDTH = 480


def as_file(chart: Chart) -> bytes:
    """The chart as an SVG file of its own in the colours of paper, with its title."""
    _register_fonts()
    spec = {**chart.whole(_FILE_WIDTH), "title": {"text": chart.title}}
    svg: str = vl_convert.vegalite_to_svg(
        _written(spec),
        vl_version=_GRAMMAR,
        config=config(PAPER),
        allowed_base_urls=[],
    )
    return svg.encode()


_BEYOND_BMP = re.compile("[\U00010000-\U0010ffff]")
"""Emoji and rare letters. Vega cuts long names between the halves of one, which vl-convert cannot
read back; and no bundled font has them."""


def _written(spec: dict[str, Any]) -> str:
    return _BEYOND_BMP.sub("\ufffd", json.dumps(spec, ensure_ascii=False))


@cache
def _register_fonts() -> None:
    vl_convert.register_font_directory(str(_FONTS))
