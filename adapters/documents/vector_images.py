"""Charts as lines on paper. xhtml2pdf turns every image into pixels; so a chart comes to it as a
picture of one pixel that brings its drawing along, and the canvas draws that in its place."""

from __future__ import annotations

import io
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from reportlab.graphics.shapes import Drawing, Group, String
from reportlab.pdfbase.pdfmetrics import stringWidth
from svglib.svglib import svg2rlg

from adapters.documents.typefaces import BODY, BOLD, runs
from domain.charts.theme import PAPER_FONT, PAPER_TITLE_FONT

_BROUGHT = "drawing"
"""The name of the PNG chunk that holds the SVG."""
_FACES = {PAPER_FONT: "Helvetica", PAPER_TITLE_FONT: "Times-Roman"}
"""What svglib takes them for: it knows these names without looking for files."""
ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
_TOLD = ("aria-hidden", "aria-label", "aria-roledescription", "class", "pointer-events", "role")
"""What is meant for browsers."""


def as_pixel(svg: str) -> bytes:
    """A PNG of one white pixel that brings ``svg`` along."""
    brought, out = PngInfo(), io.BytesIO()
    brought.add_itxt(_BROUGHT, svg, zip=True)
    Image.new("1", (1, 1), 1).save(out, "PNG", pnginfo=brought)
    return out.getvalue()


def brought_by(image: Any) -> Drawing | None:
    """The drawing that an image of xhtml2pdf brings along, in the typefaces of paper; ``None`` for
    pictures made of pixels."""
    svg = getattr(getattr(image, "_image", None), "info", {}).get(_BROUGHT)
    return None if svg is None else _drawing(svg)


def _drawing(svg: str) -> Drawing:
    root = ElementTree.fromstring(svg)  # noqa: S314 - of our own making
    _prepare(root)
    drawing = svg2rlg(io.BytesIO(ElementTree.tostring(root)), resolve_entities=False)
    _set(drawing)
    return drawing


def _prepare(element: Element) -> None:
    """Write what svglib does not read as it reads it, and leave out what is not seen."""
    for name in _TOLD:
        element.attrib.pop(name, None)
    family = element.get("font-family")
    if family in _FACES:
        element.set("font-family", _FACES[family])
    opacity = element.attrib.pop("opacity", "1")
    if opacity != "1":
        element.attrib.setdefault("fill-opacity", opacity)
        element.attrib.setdefault("stroke-opacity", opacity)
    for child in tuple(element):
        if child.get("opacity") == "0" or child.get("display") == "none":
            element.remove(child)
        else:
            _prepare(child)


def _set(group: Group) -> None:
    """Set every word under ``group`` in typefaces that have its letters."""
    for shape in tuple(group.contents):
        if isinstance(shape, Group):
            _set(shape)
        elif isinstance(shape, String):
            at = group.contents.index(shape)
            group.contents[at : at + 1] = _pieces(shape)


def _pieces(words: String) -> list[String]:
    face = BOLD if words.fontName.startswith("Times") else BODY
    parts = runs(words.text, face)
    widths = [stringWidth(text, face, words.fontSize) for text, face in parts]
    x = words.x - _PULLED[words.textAnchor] * sum(widths)
    pieces = []
    for (text, face), width in zip(parts, widths, strict=True):
        pieces.append(
            String(
                x,
                words.y,
                text,
                fontName=face,
                fontSize=words.fontSize,
                fillColor=words.fillColor,
                textAnchor="start",
            )
        )
        x += width
    return pieces


_PULLED = {"start": 0.0, "middle": 0.5, "end": 1.0}
"""Which share of its width stands left of a word's place."""
