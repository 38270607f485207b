"""Markdown as blocks for print: headings, paragraphs, points and tables of plain words.

Only these are read. Links, images, HTML and code blocks stay the characters that they are, so a
text that an organisation wrote can neither fetch nor run anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_BLANK = re.compile(r"(\[[^\[\]]+\])")
_READ = ("heading", "list", "table", "emphasis", "backticks", "escape")
_MARKS = {"strong_open": ("bold", 1), "strong_close": ("bold", -1)} | {
    "em_open": ("italic", 1),
    "em_close": ("italic", -1),
}


class BlockKind(StrEnum):
    """What a block is set as."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    POINT = "point"
    TABLE = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Words that look alike."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    blank: bool = False
    """Left for a person to fill in: it stood in brackets."""


Words = tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One paragraph, heading or point, or a whole table."""

    kind: BlockKind
    words: Words = ()
    level: int = 0
    """Of a heading 1 to 6; else how deep it stands in lists, 0 for outside."""
    marker: str = ""
    """Of a point: “•”, or its number with a full stop."""
    rows: tuple[tuple[Words, ...], ...] = ()
    """Of a table, its head first."""

    @property
    def blanks(self) -> int:
        """Places that were left for people, in its words and its cells."""
        every = (self.words, *(cell for row in self.rows for cell in row))
        return sum(span.blank for words in every for span in words)


def blocks(markdown: str) -> tuple[Block, ...]:
    """The blocks of a text, in order."""
    tokens = iter(_reader().parse(markdown))
    return tuple(_walk(tokens))


@cache
def _reader() -> MarkdownIt:
    # Every page and command would wait for it otherwise.
    from markdown_it import MarkdownIt

    return MarkdownIt("zero").enable(list(_READ)).disable("text_join")


def _walk(tokens: Iterator[Token]) -> Iterator[Block]:
    lists: list[bool] = []
    """Of each list that we are in, whether it is numbered."""
    marker = ""
    for token in tokens:
        if token.type == "heading_open":
            words = _words(next(tokens).children)
            yield Block(kind=BlockKind.HEADING, words=words, level=int(token.tag[1]))
        elif token.type == "table_open":
            yield Block(kind=BlockKind.TABLE, rows=tuple(_rows(tokens)))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append(token.type == "ordered_list_open")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            marker = f"{token.info}." if lists[-1] else "•"
        elif token.type == "inline":
            kind = BlockKind.POINT if marker else BlockKind.PARAGRAPH
            yield Block(kind=kind, words=_words(token.children), level=len(lists), marker=marker)
            marker = ""


def _rows(tokens: Iterator[Token]) -> Iterator[tuple[Words, ...]]:
    cells: list[Words] = []
    for token in tokens:
        if token.type == "table_close":
            return
        if token.type == "inline":
            cells.append(_words(token.children))
        elif token.type == "tr_close":
            yield tuple(cells)
            cells = []


def _words(children: Sequence[Token] | None) -> Words:
    return tuple(_spans(children or ()))


def _spans(children: Iterable[Token]) -> Iterator[Span]:
    depth = {"bold": 0, "italic": 0}
    for kind, content in _joined(children):
        if kind in _MARKS:
            name, step = _MARKS[kind]
            depth[name] += step
        elif content:
            look = {name: count > 0 for name, count in depth.items()}
            code = kind == "code_inline"
            for text in [content] if code else _BLANK.split(content):
                if text:
                    blank = not code and bool(_BLANK.fullmatch(text))
                    shown = text.translate(_SHOWN).replace("\n", " ")
                    yield Span(text=shown, code=code, blank=blank, **look)


def _joined(children: Iterable[Token]) -> Iterator[tuple[str, str]]:
    """Type and text of each, neighbouring words in one piece: a sign after a backslash is a piece
    of its own, and where it is a bracket, no blank begins or ends at it."""
    words = ""
    for child in children:
        if child.type in ("text", "text_special"):
            words += child.content.translate(_HIDDEN if child.type == "text_special" else {})
            continue
        yield "text", words
        yield child.type, child.content
        words = ""
    yield "text", words


_HIDDEN = str.maketrans("[]", "\ue000\ue001")
_SHOWN = str.maketrans("\ue000\ue001", "[]")
