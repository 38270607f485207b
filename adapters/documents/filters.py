"""Template filters of the print templates."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import chain, groupby
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from adapters.documents.drawing import on_paper
from adapters.documents.typefaces import fitted
from adapters.documents.vector_images import as_pixel
from domain.charts.chart import Chart, sheet
from domain.compliance.controls.identifiers import identifies
from domain.evaluation.titles import figure
from domain.synthesis.learning_curves import LearningCurve

register = template.Library()


@register.filter
def span(interval: tuple[float, float] | None, name: str) -> str:
    """An interval, or nothing."""
    return f"{figure(name, interval[0])} to {figure(name, interval[1])}" if interval else ""


@register.filter
def day(moment: str) -> str:
    """An ISO time as a person writes it: ``3 May 2026, 14:05 UTC``."""
    at = datetime.fromisoformat(moment)
    return f"{at.day} {at:%B %Y, %H:%M} {at:%Z}".strip()


@register.filter
def thousands(number: int | None) -> str:
    """A count with separators; a dash where it is unknown."""
    return "–" if number is None else f"{number:,}"


@register.filter
def running(name: str) -> str:
    """As much of a name as stands in one line at the head of every page."""
    return fitted(name, size=8, room=280)


@register.filter
def capital(sentence: str) -> str:
    """The sentence with a capital first letter, the rest untouched."""
    return sentence[:1].upper() + sentence[1:]


@register.filter(name="identifies")
def identifying(column: dict[str, Any]) -> str:
    """What a column of the model card may tell people apart by."""
    return identifies(column)


@register.filter
def pair(scope: str) -> str:
    """The two columns of a pair's scope."""
    return scope.partition("pair:")[2].replace(",", " and ", 1)


@register.filter
def learning_curve(document: dict[str, Any]) -> LearningCurve:
    """A learning curve of the model card, to be drawn."""
    return LearningCurve.from_document(document)


@register.filter
def drawn(chart: Chart, width: int) -> SafeString:
    """A chart as an image of the page, whose drawing area is ``width`` pixels wide."""
    return _image(on_paper(chart.whole(width)), (chart,))


@register.filter
def sheets(charts: tuple[Chart, ...]) -> Iterator[SafeString]:
    """A chapter's charts: heat-maps three beside each other, others in pairs of one height, so that
    their titles stand level."""
    if all(chart.spec.get("mark") == {"type": "rect"} for chart in charts):
        return _rows(charts, 3, beside=95)
    columns = min(len(charts), 2)
    alike = (tuple(of) for _, of in groupby(charts, _height))
    sides = 110 if columns == 2 else 190
    return chain.from_iterable(_rows(of, columns, beside=sides) for of in alike)


def _height(chart: Chart) -> int | None:
    """``None`` where the height follows from how many lines a chart has."""
    height = chart.spec.get("height")
    return height if isinstance(height, int) else None


@register.filter
def printed(charts: tuple[Chart, ...]) -> tuple[Chart, ...]:
    """The first of a table's columns: paper shows those that differ most."""
    return charts[:MOST_COLUMNS]


@register.filter
def grid(charts: tuple[Chart, ...]) -> Iterator[SafeString]:
    """Small charts, three beside each other."""
    return _rows(charts, 3, beside=60)


MOST_COLUMNS = 24
"""Columns with a chart on paper; the table has all of them."""

_PAGE, _POINTS = 640, 482
"""The width of the page in a chart's pixels and in points: 11 pixels print as 8.3 points."""


def _rows(charts: tuple[Chart, ...], columns: int, beside: int) -> Iterator[SafeString]:
    """An image a row, so that pages break between rows. ``beside`` is how many pixels the names
    on a chart's axis may take."""
    width = _PAGE // columns - beside
    for at in range(0, len(charts), columns):
        row = charts[at : at + columns]
        yield _image(on_paper(sheet(row, columns=columns, width=width, beside=beside)), row)


def _image(svg: str, charts: tuple[Chart, ...]) -> SafeString:
    width, height = (float(length) for length in _SIZE.findall(svg)[0])
    scale = _POINTS / max(_PAGE, width)
    return format_html(
        '<img src="data:image/png;base64,{}" width="{}" height="{}" alt="{}">',
        base64.b64encode(as_pixel(svg)).decode(),
        round(width * scale / _POINT),
        round(height * scale / _POINT),
        " ".join(chart.alt for chart in charts),
    )


_SIZE = re.compile(r'width="([0-9.]+)" height="([0-9.]+)"')
_POINT = 0.75
"""Points in a pixel of xhtml2pdf, in which images are measured."""
