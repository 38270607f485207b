"""Documents by Django templates: PDF by xhtml2pdf, and pages that open without a network.

Nothing is fetched but the bundled fonts.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.template import Context, Engine
from django.utils.safestring import SafeString
from reportlab import rl_config
from xhtml2pdf import pisa, xhtml2pdf_reportlab
from xhtml2pdf.config.resources import ResourceAccessPolicy

from adapters.documents.drawing import as_file
from adapters.documents.paper_canvas import PaperCanvas
from adapters.documents.typefaces import FONTS, printable, register
from domain.charts.chart import Chart

_TALKATIVE = ("xhtml2pdf", "reportlab", "svglib")


def _silence(names: Iterable[str]) -> None:
    """Keep these libraries out of every log: their warnings quote the page they print."""
    for name in names:
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
        logger.setLevel(logging.CRITICAL + 1)


_silence(_TALKATIVE)

rl_config.useA85 = 0
"""Images as bytes: writing them as text takes longer than drawing them, and a quarter more room."""

xhtml2pdf_reportlab.MarkedCanvas = PaperCanvas
"""xhtml2pdf lets nobody choose the canvas."""

_CHART = "data:image/png;base64,"
_READING = "adapters.documents.report_filters"
_ROOT = Path(__file__).resolve().parents[2]


class DocumentError(Exception):
    """The print template cannot be turned into PDF: a fault of the template, not of a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Xhtml2PdfDocuments:
    """The ``Documents`` port on xhtml2pdf and ReportLab."""

    templates: Path = _ROOT / "templates"
    fonts: Path = FONTS
    style: Path = _ROOT / "static" / "studio.css"
    engine: Engine = field(init=False, repr=False)
    pages: Engine = field(init=False, repr=False)

    def __post_init__(self) -> None:
        engine = Engine(
            dirs=[str(self.templates)], builtins=[_READING, "adapters.documents.filters"]
        )
        pages = Engine(
            dirs=[str(self.templates)],
            builtins=[_READING],
            libraries={"studio": "adapters.documents.page_filters"},
        )
        object.__setattr__(self, "engine", engine)
        object.__setattr__(self, "pages", pages)

    def pdf(self, template: str, context: Mapping[str, Any]) -> bytes:
        """Render ``pack/<template>.html``; every value is escaped by the engine."""
        page = self.engine.get_template(f"pack/{template}.html").render(
            Context(dict(context), use_l10n=False)
        )
        register()
        out = io.BytesIO()
        result = pisa.CreatePDF(
            printable(page),
            dest=out,
            encoding="utf-8",
            link_callback=self._bundled,
            resource_policy=ResourceAccessPolicy(allow_remote=False, base_dir=self.fonts),
        )
        if result.err:
            raise DocumentError(f"The print template “{template}” has {result.err} errors.")
        return out.getvalue()

    def html(self, template: str, context: Mapping[str, Any]) -> bytes:
        """Render ``report/<template>.html`` with the style sheet of the pages inside it."""
        style = self.style.read_text("utf-8")
        page = self.pages.get_template(f"report/{template}.html").render(
            Context({**context, "style": SafeString(style)}, use_l10n=False)
        )
        return page.encode()

    def svg(self, chart: Chart) -> bytes:
        """Draw one chart as it is on paper."""
        return as_file(chart)

    def _bundled(self, uri: str, _base: str | None) -> str:
        """The bundled font called ``uri``, or a chart that a template wrote into the page; anything
        else a page asks for is refused."""
        if uri.startswith(_CHART):
            return uri
        known = {path.name: path for path in self.fonts.glob("*.ttf")}
        if uri not in known:
            raise DocumentError("A print template asked for a file that is not bundled with it.")
        return str(known[uri])
