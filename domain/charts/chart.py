"""What a chart is, on the page and on paper: a Vega-Lite specification and its finding in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any
from unicodedata import east_asian_width

Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
"""Which grammar the specifications are written in. A name; nothing is fetched from there."""

_WIDE, _CAPITAL, _LETTER = 11.5, 7.8, 6.3
"""Pixels of a letter of a panel's title: a Chinese, Japanese or Korean one, a capital, a small."""
_CHANNELS = ("x", "y", "yOffset", "color", "shape", "strokeDash")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart: data and marks, no colours. A theme gives it those of the page or of paper.

    ``spec`` is a unit or a layer that is as wide as its container; column names and categories
    stand in its data and titles only, never in expressions.
    """

    name: str
    """Tells it apart from other charts of the same page: letters, digits and dashes."""
    title: str
    alt: str
    """What it shows, in words, for those who cannot see it: the finding, not the marks."""
    spec: Mapping[str, Any]

    def whole(self, width: int | str = "container") -> Spec:
        """The specification by itself, ``width`` pixels wide or as wide as its container."""
        fit = {"type": "fit-x", "contains": "padding"} if width == "container" else {"type": "pad"}
        return {"$schema": SCHEMA, "autosize": fit, **self.spec, "width": width}


def sheet(charts: Sequence[Chart], *, columns: int, width: int, beside: int = 50) -> Spec:
    """Several charts in one specification, ``columns`` beside each other, each with its title.

    ``width`` is that of one chart's drawing area and ``beside`` what the names on its axis take,
    over which its title may reach; both in pixels.
    """
    panels = [_panel(chart, width, width + beside) for chart in charts]
    return {
        "$schema": SCHEMA,
        "concat": panels,
        "columns": columns,
        "resolve": {"scale": dict.fromkeys(_CHANNELS, "independent")},
    }


def _panel(chart: Chart, width: int, limit: int) -> Spec:
    title = {"text": shortened(chart.title, limit), "limit": limit}
    return {**chart.spec, "width": width, "title": title}


def shortened(title: str, width: int) -> str:
    """``title`` in about ``width`` pixels, cut in its middle: names of columns that begin alike
    end differently."""
    fit = _fitting(title, width)
    if fit >= len(title):
        return title
    end = (fit - 1) // 2
    return f"{title[: fit - 1 - end].rstrip()}…{title[len(title) - end :].lstrip()}"


def _fitting(title: str, width: int) -> int:
    """How many letters of the size of such titles there is room for."""
    taken = sum(_width(letter) for letter in title)
    return int(len(title) * width / max(taken, 1))


def _width(letter: str) -> float:
    if east_asian_width(letter) in "WF":
        return _WIDE
    return _CAPITAL if letter.isupper() else _LETTER


def data(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """Rows as a specification's data."""
    return {"values": [dict(row) for row in rows]}


def rounded(value: float, digits: int = 4) -> float:
    """A number short enough to be sent to a page: four significant digits draw the same line."""
    return float(f"{value:.{digits}g}")


def wrapped(names: Sequence[str], width: int = 22) -> list[str]:
    """Names in at most two lines each, for an axis that splits them (see :data:`WRAPPED`): the
    longer ones cut in their middle, and no two alike."""
    return distinct([_in_two_lines(name, width) for name in names])


def _in_two_lines(name: str, width: int) -> str:
    lines = wrap(name, width, break_on_hyphens=False)
    if len(lines) <= 2:
        return "\n".join(lines) or name
    return f"{name[: width - 1].rstrip()}…\n{name[1 - width :].lstrip()}"


def distinct(labels: Sequence[str]) -> list[str]:
    """Labels of which the second, third … that reads the same has its number: two names on one
    place of an axis would be drawn as one."""
    seen: Counter[str] = Counter()
    found = []
    for label in labels:
        seen[label] += 1
        found.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return found


WRAPPED: Spec = {"labelExpr": "split(datum.label, '\\n')", "labelLimit": 150}
"""The look of an axis of wrapped names."""
