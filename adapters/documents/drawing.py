"""Charts drawn without a browser, by vl-convert. Only workers draw: it brings a JavaScript engine
of its own, which a web process must never load."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import vl_convert

from adapters.documents.typefaces import FONTS, printable
from domain.charts.chart import Chart
from domain.charts.theme import LONE, PAPER, config

_GRAMMAR = "6.4"
"""The Vega-Lite of the pages' own bundle, so that page and paper show the same."""


def on_paper(spec: dict[str, Any]) -> str:
    """A specification as SVG in the colours of paper."""
    _register_fonts()
    return vl_convert.vegalite_to_svg(
        _written(spec), vl_version=_GRAMMAR, config=config(PAPER), allowed_base_urls=[]
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
    return on_paper({**chart.whole(_FILE_WIDTH), "title": {"text": chart.title}}).encode()


_BEYOND_BMP = re.compile("[\U00010000-\U0010ffff]")
"""Emoji and rare letters. Vega cuts long names between the halves of one, which vl-convert cannot
read back."""


def _written(spec: dict[str, Any]) -> str:
    """The specification, in which such letters stand as their code points, ``U+1F600``."""
    text = json.dumps(spec, ensure_ascii=False)
    return printable(_BEYOND_BMP.sub(lambda letter: f"U+{ord(letter[0]):X}", text))


@cache
def _register_fonts() -> None:
    vl_convert.register_font_directory(str(FONTS))
