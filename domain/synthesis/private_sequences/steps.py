"""What one step of a history consists of, in codes: what is known before it, and what is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.synthesis.private_encoding.column import Codes, Floats, PrivateColumn
from domain.synthesis.private_encoding.numbers import NumberColumn
from domain.synthesis.private_encoding.table import PrivateEncoder
from domain.synthesis.private_sequences.entity_wise import (
    MONTH_PART,
    OPENS,
    WEEKDAY,
    Called,
    before,
)
from domain.synthesis.private_sequences.timeline import MONTH_PARTS, WEEKDAYS, Timeline

_COARSE = 6
"""Codes of a column that others are told coarsely."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Node:
    """One cell of a step."""

    column: str
    """Of the frame of codes."""
    words: str
    """For the record of looks."""
    size: int
    drawn: bool
    """Whether it is learned; else it is known when it is its turn."""
    coarse: Codes | None = None
    """Which of a few groups each code belongs to, where there are many."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Steps:
    """All nodes in the order in which they are known or drawn: what came before and what an entity
    is; how long it takes; what day that is; then the columns, those of few codes first."""

    nodes: tuple[Node, ...]
    encoder: PrivateEncoder
    """Of the columns of events, and of how long after the one before each came."""
    people: Mapping[str, PrivateColumn]
    """Columns that stay the same over a history."""
    called: Called

    @classmethod
    def of(
        cls,
        encoder: PrivateEncoder,
        people: Mapping[str, PrivateColumn],
        timeline: Timeline | None,
        called: Called,
    ) -> Steps:
        """From noisy answers alone."""
        given = [_earlier(name, column) for name, column in encoder.columns.items()]
        given += [_node(name, column, drawn=False) for name, column in people.items()]
        waits = [n for n in (called.wait, called.since, called.clock) if n in encoder.columns]
        rest = sorted(
            (n for n in encoder.columns if n not in waits), key=lambda n: encoder.columns[n].size
        )
        dated = timeline is not None and timeline.dated
        nodes = [
            *(_calendar(before=True) if dated else ()),
            *given,
            *(_node(n, encoder.columns[n], drawn=True) for n in waits[:1]),
            *(_calendar(before=False) if dated else ()),
            *(_node(n, encoder.columns[n], drawn=True) for n in [*waits[1:], *rest]),
        ]
        return cls(nodes=tuple(nodes), encoder=encoder, people=people, called=called)

    @property
    def place(self) -> Mapping[str, int]:
        """Where each node is, by its column."""
        return {node.column: at for at, node in enumerate(self.nodes)}

    def encode(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The codes of typed rows, row by row."""
        opens = rows[OPENS].to_numpy(np.bool_)
        found: dict[str, Codes] = {}
        for name, column in self.encoder.columns.items():
            found[name] = column.encode(rows[name])
            found[before(name)] = np.where(opens, column.size, column.encode(rows[before(name)]))
        for name, column in self.people.items():
            found[name] = column.encode(rows[name])
        for name in (WEEKDAY, MONTH_PART, before(WEEKDAY), before(MONTH_PART)):
            if name in rows:
                found[name] = rows[name].to_numpy(np.int64)
        return pd.DataFrame({node.column: found[node.column] for node in self.nodes})


def missing_code(column: PrivateColumn) -> int:
    """The code that stands for a missing number and nothing else; −1 where there is none."""
    if not isinstance(column, NumberColumn):
        return -1
    own = int(column.groups[-1])
    return own if int((column.groups == own).sum()) == 1 else -1


def _node(name: str, column: PrivateColumn, *, drawn: bool) -> Node:
    return Node(
        column=name, words=f"“{name}”", size=column.size, drawn=drawn, coarse=_groups(column)
    )


def _earlier(name: str, column: PrivateColumn) -> Node:
    """Of the event before; one code more says that there was none."""
    groups = _groups(column)
    return Node(
        column=before(name),
        words=f"“{name}” before",
        size=column.size + 1,
        drawn=False,
        coarse=None if groups is None else np.r_[groups, groups.max() + 1],
    )


def _calendar(*, before: bool) -> Sequence[Node]:
    when, more = (" before", 1) if before else ("", 0)
    return [
        Node(column=_before(name) if before else name, words=words + when, size=size + more,
             drawn=False)
        for name, words, size in (
            (WEEKDAY, "weekday", WEEKDAYS),
            (MONTH_PART, "part of the month", MONTH_PARTS),
        )
    ]  # fmt: skip


def _before(name: str) -> str:
    return before(name)


def _groups(column: PrivateColumn) -> Codes | None:
    """A few groups of codes of about as many rows each: neighbours of numbers, and the most
    frequent words alone."""
    if column.size <= _COARSE:
        return None
    counts = np.maximum(column.counts, 0.0)
    if isinstance(column, NumberColumn):
        return _neighbours(counts, missing_code(column))
    order = np.argsort(-counts, kind="stable")
    groups = np.full(column.size, _COARSE - 1, dtype=np.int64)
    groups[order[: _COARSE - 1]] = np.arange(_COARSE - 1)
    return groups


def _neighbours(counts: Floats, missing: int) -> NDArray[np.int64]:
    numbers = np.arange(len(counts)) != missing
    held = np.where(numbers, counts, 0.0)
    middle = (np.cumsum(held) - held / 2) / max(held.sum(), 1.0)
    groups = np.minimum((middle * (_COARSE - 1)).astype(np.int64), _COARSE - 2)
    groups[~numbers] = _COARSE - 1
    return np.asarray(np.unique(groups, return_inverse=True)[1].astype(np.int64))
