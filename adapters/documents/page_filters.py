"""Template filters of pages that open without a server. The partial templates are those of the
pages, so the filters have the names of the pages' own library."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from adapters.documents.drawing import on_lone_page
from domain.charts.chart import Chart

register = template.Library()

_WIDTH = 300
"""Pixels of a drawing area: with its names it fits a phone, where it shrinks least."""


@register.filter
def drawn(chart: Chart) -> SafeString:
    """The chart as SVG. vl-convert escapes every word in it, and a chart's name is ours."""
    return SafeString(
        f'<div class="drawing" role="img" aria-labelledby="{chart.name}-finding">'
        f"{on_lone_page(chart, _WIDTH)}</div>"
    )
