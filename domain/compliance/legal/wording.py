"""The legal papers of a pack, and how the product words them until an organisation does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

OWN_VERSION = 2
"""Of the product's wording: raised with every change of a text beside this file."""
OWN_DATED = date(2026, 11, 23)


class LegalPaper(StrEnum):
    """One paper, in the order of reading; its value is the name of its text."""

    DISCLAIMER = "disclaimer"
    TERMS = "terms"
    ACCEPTABLE_USE = "acceptable_use"
    PROCESSING = "processing"

    @property
    def heading(self) -> str:
        """What it is called."""
        return _TITLES[self]

    @property
    def file(self) -> str:
        """Its name in a pack, in Markdown."""
        return f"legal/{self.value.replace('_', '-')}.md"


_TITLES: Mapping[LegalPaper, str] = {
    LegalPaper.DISCLAIMER: "Disclaimer",
    LegalPaper.TERMS: "Terms of use of the synthetic data",
    LegalPaper.ACCEPTABLE_USE: "Acceptable use",
    LegalPaper.PROCESSING: "Data processing agreement (template, Article 28(3) GDPR)",
}


@cache
def own_wording(paper: LegalPaper) -> str:
    """The product's text of a paper: Markdown with placeholders, and [brackets] for people."""
    return (Path(__file__).parent / f"{paper.value}.md").read_text("utf-8")
