"""Paper that only remembers what it was asked for."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from domain.charts.chart import Chart


class MemoryDocuments:
    """Keeps the shape of :class:`domain.ports.Documents`: every page is one line of text."""

    def __init__(self) -> None:
        self.rendered: list[tuple[str, Mapping[str, Any]]] = []

    def pdf(self, template: str, context: Mapping[str, Any]) -> bytes:
        self.rendered.append((template, context))
        out = io.BytesIO()
        page = Canvas(out)
        page.drawString(72, 720, template)
        page.save()
        return out.getvalue()

    def html(self, template: str, context: Mapping[str, Any]) -> bytes:
        self.rendered.append((template, context))
        return f"<!doctype html><title>{template}</title>".encode()

    def svg(self, chart: Chart) -> bytes:
        self.rendered.append((chart.name, {"chart": chart}))
        return f"<svg><title>{chart.title}</title></svg>".encode()
