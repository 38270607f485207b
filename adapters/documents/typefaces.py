"""The typefaces of paper. They are bundled, so that a document looks the same wherever it is made,
and embedded as far as it uses them."""

from __future__ import annotations

import unicodedata
from bisect import bisect
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from xhtml2pdf.bidi import get_display
from xhtml2pdf.util import shape_frag_text, split_by_coverage

FONTS = Path(__file__).resolve().parent / "fonts"

BODY, BOLD = "sans_00", "sans_10"
_SPARE = ("symbols_00", "wide_00")
"""What draws a letter that another typeface lacks: Arabic, Hebrew and signs; Chinese, Japanese and
Korean."""
_FILES = {
    BODY: "SourceSans3-Regular",
    BOLD: "SourceSans3-Semibold",
    "sans_01": "SourceSans3-It",
    "code_00": "SourceCodePro-Regular",
    "symbols_00": "DejaVuSans",
    "wide_00": "DroidSansFallback",
}
"""Files by the names that xhtml2pdf gives to the families and styles of ``pack/_paper.html``: it
takes what is registered already, and every document of a process shares it."""


@cache
def register() -> None:
    """Make the typefaces known to ReportLab, once a process."""
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{file}.ttf"))


def printable(text: str) -> str:
    """``text`` with each character that no typeface has as its code point, ``U+1FA7A``, and without
    signs that have no shape."""
    strange = {ord(c) for c in set(text)} - _drawn()
    return text.translate({code: _told(code) for code in strange}) if strange else text


def runs(text: str, face: str) -> list[tuple[str, str]]:
    """``text`` in the order in which it is drawn from left to right, with Arabic letters joined, in
    pieces that one typeface has: (piece, typeface)."""
    register()
    joined = shape_frag_text(text, _SPARE[0]) or text
    pieces: list[tuple[str, str]] = split_by_coverage(get_display(joined), (face, *_SPARE))
    return pieces


def width(text: str, face: str, size: float) -> float:
    """How wide ``text`` is in points."""
    widths = (pdfmetrics.stringWidth(piece, name, size) for piece, name in runs(text, face))
    return float(sum(widths))


def fitted(text: str, size: float, room: float) -> str:
    """``text`` if it is not wider than ``room`` points, else as much of it as fits with an
    ellipsis."""
    if width(text, BODY, size) <= room:
        return text
    too_long = bisect(
        range(1, len(text)), room, key=lambda letters: width(f"{text[:letters]}…", BODY, size)
    )
    return f"{text[:too_long].rstrip()}…"


@cache
def _drawn() -> frozenset[int]:
    """The code points that some typeface of running text has, and white space."""
    register()
    faces = (pdfmetrics.getFont(name).face.charToGlyph for name in (BODY, *_SPARE))
    return frozenset(range(33)) | frozenset(code for face in faces for code in face)


def _told(code: int) -> str:
    shapeless = unicodedata.category(chr(code)) in ("Cc", "Cf", "Mn")
    return "" if shapeless else f"U+{code:04X}"
