"""The canvas that documents are set on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from reportlab.graphics import renderPDF
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from xhtml2pdf.builders.printmarks import MarkedCanvas

from adapters.documents.typefaces import BODY
from adapters.documents.vector_images import brought_by

_RIGHT, _FOOT = 190 * mm, 14.2 * mm
"""Where the lines of ``pack/_paper.html`` end, and the baseline of its foot."""
_QUIET, _INK, _FAINT = HexColor("#5b6b7d"), HexColor("#14375e"), HexColor("#b9c5d3")
_FOOT_SIZE, _ENTRY_SIZE = 8.0, 9.5


class PaperCanvas(MarkedCanvas):  # type: ignore[misc]
    """Sets a document in one pass.

    Two kinds of numbers are known at the end only: how many pages there are, and on which page the
    place is that a line of the contents leads to. The pages refer to forms, which are filled when
    the canvas is saved; laying everything out again until the numbers stay takes twice as long.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        self._places: dict[str, int] = {}
        self._entries: dict[str, tuple[float, ...]] = {}
        self._late: list[tuple[str, str, float]] = []
        self._headings = 0
        super().__init__(*args, **{**settings, "initialFontName": BODY, "invariant": True})
        self.setDateFormatter(_this_hour)
        self.setViewerPreference("DisplayDocTitle", "true")

    def setCreator(self, creator: str) -> None:  # noqa: N802
        """The program is named by its product; ReportLab would say that it is unspecified."""
        super().setCreator("Synthetic Data Studio")

    def setFont(self, psfontname: str, size: float, leading: float | None = None) -> None:  # noqa: N802
        """Choose a typeface: the body's for one that cannot be embedded, such as the Helvetica that
        drawings start with."""
        embedded = isinstance(pdfmetrics.getFont(psfontname), TTFont)
        super().setFont(psfontname if embedded else BODY, size, leading)

    def drawImage(  # noqa: N802
        self, image: Any, x: float, y: float, width: float = 0, height: float = 0, **options: Any
    ) -> Any:
        """Draw pixels, or the lines of a chart."""
        drawing = brought_by(image)
        if drawing is None:
            return super().drawImage(image, x, y, width, height, **options)
        self.saveState()
        self.translate(x, y)
        self.scale(width / drawing.width, height / drawing.height)
        renderPDF.draw(drawing, self, 0, 0)
        self.restoreState()
        return None

    def bookmarkPage(self, key: str, *fit: Any, **options: Any) -> Any:  # noqa: N802
        """Make this page the place called ``key``, unless one was: a table repeats its heading."""
        if key in self._places:
            return None
        self._places[key] = self.getPageNumber()
        return super().bookmarkPage(key, *fit, **options)

    def addOutlineEntry(self, title: str, key: str, *where: Any, **options: Any) -> None:  # noqa: N802
        """List a heading, once."""
        if self._places.get(key) == self.getPageNumber():
            self._headings += 1
            super().addOutlineEntry(title, key, *where, **options)

    def linkRect(self, contents: str, destinationname: str, *where: Any, **options: Any) -> Any:  # noqa: N802
        """Make a line of the contents lead to its place, number and all."""
        left, low, right, top = self._absRect(*where, options.pop("relative", 1))
        self._entries[destinationname] = (right, low)
        whole = (left, low, _RIGHT, top)
        return super().linkRect(contents, destinationname, whole, relative=0, **options)

    def showPage(self) -> None:  # noqa: N802
        """End a page: with its number, and the numbers of what its contents lead to."""
        self._place(f"page{self.getPageNumber()}", "", 0.0, _FOOT)
        for place, (right, low) in self._entries.items():
            self._place(f"entry{len(self._late)}", place, right, low)
        self._entries = {}
        super().showPage()

    def save(self) -> None:
        """Fill in the numbers and write the document."""
        if self._code:
            self.showPage()
        pages = self.getPageNumber() - 1
        if self._headings > 1:
            self.showOutline()
        for form, place, left in self._late:
            self.beginForm(form, 0, -4, _RIGHT, 12)
            if place:
                self._number(str(self._places.get(place, "")), left)
            else:
                self._foot(f"Page {form.removeprefix('page')} of {pages}")
            self.endForm()
        super().save()

    def _place(self, form: str, place: str, left: float, low: float) -> None:
        self._late.append((form, place, left))
        self.saveState()
        self.translate(0, low)
        self.doForm(form)
        self.restoreState()

    def _foot(self, words: str) -> None:
        self.setFillColor(_QUIET)
        self.setFont(BODY, _FOOT_SIZE)
        self.drawRightString(_RIGHT, 0, words)

    def _number(self, number: str, left: float) -> None:
        """The page of a line that ends at ``left``, after dots."""
        self.setFillColor(_INK)
        self.setFont(BODY, _ENTRY_SIZE)
        self.drawRightString(_RIGHT, _LIFT, number)
        self.setStrokeColor(_FAINT)
        self.setLineWidth(0.7)
        self.setLineCap(1)
        self.setDash(0.01, 3)
        self.line(left + 4, _LIFT, _RIGHT - self.stringWidth(number, BODY, _ENTRY_SIZE) - 4, _LIFT)


def now() -> datetime:
    """The current time, in UTC."""
    return datetime.now(UTC)


def _this_hour(*_fixed: int) -> str:
    """As a PDF writes it. How long after a private fit a paper was set would tell of the rows; the
    canvas is invariant, so that no second goes into the identifier of the file either."""
    return f"D:{now():%Y%m%d%H}0000+00'00'"


_LIFT = _ENTRY_SIZE / 8
"""How far the baseline of a line is above the lower edge of its link, as xhtml2pdf places it."""
