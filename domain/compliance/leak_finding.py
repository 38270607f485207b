"""What a look at files before they leave can find. Apart from the look itself, which reads
workbooks and PDFs: pages tell of findings and search nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LINTER_RULES = 1
"""The version of what is looked for and how; a pack's leak check names it."""


class LeakKind(StrEnum):
    """What was found, as a person says it."""

    VALUE = "real identifiers or values that one real row alone has"
    TEXT = "pieces of text that hold a real identifier or a text of one real row"
    ROW = "copies of whole real rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakFinding:
    """Real values in one place of one file."""

    file: str
    place: str
    """A column, page, line or member."""
    kind: LeakKind
    count: int
    """Cells, passages or rows."""

    def __str__(self) -> str:
        return f"{self.file}, {self.place}: {self.count:,} {self.kind}"
