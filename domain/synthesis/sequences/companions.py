"""What never goes together is never drawn together: no cash deposit names a partner's bank.

A network gives everything some small chance. In a log of a thousand events a history, a chance of
one in a thousand that an event has what its kind never has is in every history, and values that
come again repeat it. So codes that a kind of events never had, though by its frequency it would
have, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.synthesis.encoding.categories import CategoryCodec
from domain.synthesis.sequences.cells import Codes, State
from domain.synthesis.sequences.columns import EventColumn

_DUE = 5.0
"""Rows with a code that a kind of events would have, were it as frequent there as elsewhere, from
which on it is no chance that there are none."""

Allowed = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Companion:
    """Which codes of a column go with which kinds of events."""

    column: EventColumn
    kinds: tuple[str, ...]
    """The columns before it that tell kinds of events apart."""
    sizes: tuple[int, ...]
    possible: Allowed
    """Shape ``(kinds, codes)``; kinds as mixed codes."""

    def codes(self, state: State, events: Codes) -> Allowed:
        """Which codes some events may have: (events, codes)."""
        found: Allowed = self.possible[self._mixed(state)[events]]
        return found

    def again(self, state: State, events: Codes) -> Allowed:
        """Which of some events may have the last value again."""
        last = state[f"last {self.column.name}"]
        found: Allowed = self.possible[self._mixed(state)[events], last[events]]
        return found

    def _mixed(self, state: State) -> Codes:
        return _mixed([state[f"column {name}"] for name in self.kinds], self.sizes)

    def state(self) -> Mapping[str, Any]:
        return {
            "column": self.column.name,
            "kinds": list(self.kinds),
            "sizes": list(self.sizes),
            "never": np.flatnonzero(~self.possible),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], columns: Sequence[EventColumn]) -> Companion:
        column = next(c for c in columns if c.name == state["column"])
        sizes = tuple(state["sizes"])
        possible = np.ones((int(np.prod(sizes)), column.codes), dtype=np.bool_)
        possible.reshape(-1)[state["never"]] = False
        return cls(column=column, kinds=tuple(state["kinds"]), sizes=sizes, possible=possible)


def companions(
    columns: Sequence[EventColumn],
    kinds: Sequence[str],
    codes: Mapping[str, Codes],
    owners: Codes | None,
    rare_threshold: int,
) -> tuple[Companion, ...]:
    """What never goes together in learned events; ``kinds``: the columns that tell kinds apart,
    ``codes``: of all columns. What fewer ``owners`` have than the threshold (``None``: rows) counts
    as never: nothing tells that one of them has it."""
    found: list[Companion] = []
    before: list[EventColumn] = []
    for column in columns:
        if before and column.codec.size > 1:
            sizes = tuple(c.codes for c in before)
            mixed = _mixed([codes[c.name] for c in before], sizes)
            counted = _counted(mixed, int(np.prod(sizes)), column, codes[column.name])
            possible = _possible(*counted, owners, rare_threshold)
            names = tuple(c.name for c in before)
            if not possible.all():
                found.append(Companion(column=column, kinds=names, sizes=sizes, possible=possible))
        if column.name in kinds:
            before.append(column)
    return tuple(found)


def _counted(
    mixed: Codes, kinds: int, column: EventColumn, codes: Codes
) -> tuple[Codes, Codes, int]:
    """Of every row one number for its kind and code, and what group each code is in. Of numbers and
    invented values only whether they are there or missing is looked at."""
    groups = np.arange(column.codes)
    if not isinstance(column.codec, CategoryCodec):
        groups = np.where(groups < column.codec.size, 0, 2)
        if column.codec.missing is not None:
            groups[column.codec.missing] = 1
    return mixed * (int(groups.max()) + 1) + groups[codes], groups, kinds


def _possible(
    rows: Codes, groups: Codes, kinds: int, owners: Codes | None, rare_threshold: int
) -> Allowed:
    many = int(groups.max()) + 1
    counts = np.bincount(rows, minlength=kinds * many).reshape(kinds, many)
    due = np.outer(counts.sum(1), counts.sum(0)) / max(len(rows), 1)
    if owners is not None:
        alone = np.unique(np.stack([rows, owners]), axis=1)[0]
        counts = np.bincount(alone, minlength=kinds * many).reshape(kinds, many)
    possible: Allowed = ((counts >= max(rare_threshold, 1)) | (due < _DUE))[:, groups]
    return possible


def _mixed(codes: Sequence[Codes], sizes: Sequence[int]) -> Codes:
    mixed = np.zeros(len(codes[0]), dtype=np.int64)
    for own, size in zip(codes, sizes, strict=True):
        mixed = mixed * size + own
    return mixed
