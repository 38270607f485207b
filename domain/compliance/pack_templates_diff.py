"""What differs between two versions of a template, line by line and in them word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from domain.compliance.legal.wording import LegalPaper, own_wording
from domain.compliance.pack_templates import TemplateContent

_AROUND = 2
"""Unchanged lines that are shown before and after a change."""
_ALIKE = 0.5
"""How much of two lines has to be the same for one to be the other, changed."""
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


class Mark(StrEnum):
    """What became of a line."""

    KEPT = " "
    REMOVED = "−"
    ADDED = "+"
    FOLDED = "…"
    """Stands for unchanged lines that are not shown."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of either version."""

    mark: Mark
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class PartDiff:
    """What differs in one part of the template."""

    title: str
    lines: tuple[DiffLine, ...]


def template_diff(old: TemplateContent, new: TemplateContent) -> tuple[PartDiff, ...]:
    """The parts that differ, in their order; empty where packs say the same with either."""
    before, after = _in_force(old), _in_force(new)
    return tuple(
        PartDiff(title, tuple(_lines(before[title].splitlines(), text.splitlines())))
        for title, text in after.items()
        if text != before[title]
    )


def _in_force(content: TemplateContent) -> dict[str, str]:
    """Every part as packs have it: the product's words where there are no own ones."""
    products = {paper.heading: own_wording(paper).strip() for paper in LegalPaper}
    return {title: text or products.get(title, "") for title, text in content.texts.items()}


def _lines(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    shown = 0
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_AROUND):
        yield from _folded(group[0][1] - shown)
        for tag, start, end, first, last in group:
            if tag == "equal":
                yield from (_whole(Mark.KEPT, line) for line in old[start:end])
            else:
                yield from _replaced(old[start:end], new[first:last])
        shown = group[-1][2]
    yield from _folded(len(old) - shown)


def _folded(count: int) -> Iterator[DiffLine]:
    if count:
        yield _whole(Mark.FOLDED, f"{count} line{'' if count == 1 else 's'} as before")


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    """Lines that went and lines that came; those of the same place are compared word by word."""
    if len(old) != len(new):
        yield from (_whole(Mark.REMOVED, line) for line in old)
        yield from (_whole(Mark.ADDED, line) for line in new)
        return
    for before, after in zip(old, new, strict=True):
        yield from _changed(before, after)


def _changed(before: str, after: str) -> tuple[DiffLine, DiffLine]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return _whole(Mark.REMOVED, before), _whole(Mark.ADDED, after)
    went, came = [], []
    for tag, start, end, first, last in matcher.get_opcodes():
        went.append(Piece("".join(old[start:end]), tag != "equal"))
        came.append(Piece("".join(new[first:last]), tag != "equal"))
    return _line(Mark.REMOVED, went), _line(Mark.ADDED, came)


def _line(mark: Mark, pieces: Sequence[Piece]) -> DiffLine:
    return DiffLine(mark, tuple(piece for piece in pieces if piece.text))


def _whole(mark: Mark, text: str) -> DiffLine:
    return DiffLine(mark, (Piece(text, mark in (Mark.REMOVED, Mark.ADDED)),))
