"""Whether a template can be used: lengths, placeholders, controls, the day of review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from domain.compliance.controls.catalogue import chosen_controls, read_controls
from domain.compliance.legal.blocks import blocks
from domain.compliance.legal.placeholders import refuse_unknown
from domain.compliance.legal.wording import LegalPaper, own_wording
from domain.compliance.pack_templates import TemplateContent
from domain.compliance.pack_templates_review import REVIEW_EVERY
from domain.kernel import BadInput

LONGEST_NAME = 200
LONGEST_CONTACT = 300
LONGEST_WORDING = 20_000
LONGEST_CONTROLS = 100_000
LONGEST_NOTE = 500
"""Characters of each."""
LONGEST_CELL, LONGEST_HEAD, MOST_COLUMNS = 400, 100, 6
"""Characters of a cell, in the body and in the head of a table; and columns."""


def checked(content: TemplateContent, today: date) -> TemplateContent:
    """``content`` as it is kept; :class:`BadInput` says the first thing that is wrong with it.

    A paper in the product's own words is kept as nothing, so that it follows the product.
    """
    tidy = replace(
        content,
        name=_line(content.name, "name", LONGEST_NAME),
        contact=_line(content.contact, "contact", LONGEST_CONTACT),
        controller=_line(content.controller, "controller", LONGEST_NAME),
        wording=_wording(content.wording),
        controls=_text(content.controls, "Additional controls", LONGEST_CONTROLS),
    )
    if tidy.controls:
        chosen_controls(added=read_controls(tidy.controls))
    _refuse_day(tidy.review_on, today)
    return tidy


def checked_note(note: str) -> str:
    """Why it was changed, in one line."""
    said = _line(note, "note", LONGEST_NOTE)
    if not said:
        raise BadInput("Say in the note what was changed and why: colleagues read it later.")
    return said


def _wording(wording: Mapping[LegalPaper, str]) -> dict[LegalPaper, str]:
    found: dict[LegalPaper, str] = {}
    for paper in LegalPaper:
        text = _text(wording.get(paper, ""), paper.heading, LONGEST_WORDING)
        refuse_unknown(text, paper.heading)
        _refuse_tables(text, paper.heading)
        if text and text != own_wording(paper).strip():
            found[paper] = text
    return found


def _refuse_tables(text: str, title: str) -> None:
    """No cell may be longer than a page, across which nobody could print it."""
    for block in blocks(text):
        for number, row in enumerate(block.rows):
            longest = LONGEST_HEAD if number == 0 else LONGEST_CELL
            lengths = [sum(len(span.text) for span in cell) for cell in row]
            if len(row) > MOST_COLUMNS or max(lengths, default=0) > longest:
                raise BadInput(
                    f"A table in “{title}” has more than {MOST_COLUMNS} columns, or a cell of more "
                    f"than {LONGEST_CELL} characters ({LONGEST_HEAD} in its head); write it as "
                    "text."
                )


def _line(text: str, what: str, longest: int) -> str:
    line = " ".join(text.split())
    if len(line) > longest:
        raise BadInput(f"The {what} has more than {longest} characters; make it shorter.")
    return line


def _text(text: str, title: str, longest: int) -> str:
    tidy = text.replace("\r\n", "\n").strip()
    if len(tidy) > longest:
        raise BadInput(f"“{title}” has more than {longest:,} characters; make it shorter.")
    return tidy


def _refuse_day(day: date | None, today: date) -> None:
    latest = today + REVIEW_EVERY
    if day is not None and not today < day <= latest:
        raise BadInput(
            f"The day of review is after today and at the latest {latest:%Y-%m-%d}, "
            f"{REVIEW_EVERY // timedelta(days=1)} days from now; choose another."
        )
