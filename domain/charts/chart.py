"""What a chart is, on the page and on paper: a Vega-Lite specification and its finding in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
"""Which grammar the specifications are written in. A name; nothing is fetched from there."""

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
    title = {"text": chart.title, "limit": limit}
    return {**chart.spec, "width": width, "title": title}


def data(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """Rows as a specification's data."""
    return {"values": [dict(row) for row in rows]}


def rounded(value: float, digits: int = 4) -> float:
    """A number short enough to be sent to a page: four significant digits draw the same line."""
    return float(f"{value:.{digits}g}")


def wrapped(label: str, width: int = 22) -> str:
    """A name in at most two lines, for an axis that splits them (see :data:`WRAPPED`)."""
    lines = wrap(label, width, max_lines=2, placeholder="…", break_on_hyphens=False)
    return "\n".join(lines) or label


WRAPPED: Spec = {"labelExpr": "split(datum.label, '\\n')", "labelLimit": 150}
"""The look of an axis of wrapped names."""
