"""What the events of a history come to together: one row of numbers for each history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.synthesis.sequences.cells import Cell
from domain.synthesis.sequences.drawing import DrawnEvents

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_MOST_SHARES = 8
"""Of each cell, the shares of so many of the commonest codes are told."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CodedHistories:
    """Whole histories one after the other."""

    codes: NDArray[np.int16]
    """Shape ``(events, cells)``."""
    lengths: Whole

    @classmethod
    def drawn(cls, events: DrawnEvents) -> CodedHistories:
        """Those that were drawn side by side."""
        return cls(codes=events.codes.swapaxes(0, 1)[events.real.T], lengths=events.real.sum(0))

    @property
    def many(self) -> int:
        return len(self.lengths)

    @property
    def starts(self) -> Whole:
        found: Whole = np.cumsum(self.lengths) - self.lengths
        return found

    def mean(self, values: NDArray[Any]) -> Floats:
        """Of each history the mean of its events' ``values``."""
        found: Floats = np.add.reduceat(values.astype(np.float64), self.starts) / self.lengths
        return found

    def moves(self, values: NDArray[Any], lag: int = 1) -> Floats:
        """Of each event what it adds to one before, NaN where there is none."""
        found = np.full(len(values), np.nan)
        found[lag:] = values[lag:].astype(np.float64) - values[:-lag]
        owner = np.repeat(np.arange(self.many), self.lengths)
        found[lag:][owner[lag:] != owner[:-lag]] = np.nan
        return found

    def of(self, chosen: Whole) -> CodedHistories:
        """Some of the histories."""
        lengths = self.lengths[chosen]
        ends = np.cumsum(lengths)
        events = np.arange(ends[-1]) + np.repeat(self.starts[chosen] - (ends - lengths), lengths)
        return CodedHistories(codes=self.codes[events], lengths=lengths)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Summary:
    """Which numbers tell of a history: of every cell that says what happened, the shares of its
    commonest codes; of ordered codes their moments, how far they move, the first and the last."""

    shares: tuple[tuple[int, int], ...]
    """Cell and code."""
    stays: tuple[int, ...]
    """Cells of which it is told how often a code comes twice running."""
    numbers: tuple[int, ...]
    """Cells with ordered codes."""

    @classmethod
    def of(cls, cells: Sequence[Cell], real: CodedHistories) -> Summary:
        """What tells of such histories as the ``real`` ones."""
        asked = [place for place, cell in enumerate(cells) if cell.size > 1 and _says(cell)]
        return cls(
            shares=tuple((p, c) for p in asked for c in _common(real.codes[:, p], cells[p].size)),
            stays=tuple(p for p in asked if not cells[p].ordered),
            numbers=tuple(p for p in asked if cells[p].ordered),
        )

    def told(self, histories: CodedHistories) -> Floats:
        """Shape ``(histories, numbers told)``."""
        return np.column_stack([*self._told(histories)])

    def _told(self, histories: CodedHistories) -> Iterator[Floats]:
        yield histories.lengths.astype(np.float64)
        for place, code in self.shares:
            yield histories.mean(histories.codes[:, place] == code)
        for place in self.stays:
            codes = histories.codes[:, place]
            yield histories.mean(histories.moves(codes) == 0)
            yield histories.mean(histories.moves(codes, 2) == 0)
        for place in self.numbers:
            yield from _of_numbers(histories, histories.codes[:, place].astype(np.float64))

    def state(self) -> Mapping[str, Any]:
        return {
            "shares": [list(pair) for pair in self.shares],
            "stays": list(self.stays),
            "numbers": list(self.numbers),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Summary:
        return cls(
            shares=tuple((place, code) for place, code in state["shares"]),
            stays=tuple(state["stays"]),
            numbers=tuple(state["numbers"]),
        )


def _says(cell: Cell) -> bool:
    """Whether a cell says what happened, not only where in its history an event stands."""
    return cell.name not in ("place", "events left")


def _common(codes: NDArray[np.int16], size: int) -> list[int]:
    counts = np.bincount(codes, minlength=size)
    common = np.argsort(-counts, kind="stable")[:_MOST_SHARES]
    return [int(code) for code in common if 0 < counts[code] < len(codes)]


def _of_numbers(histories: CodedHistories, codes: Floats) -> Iterator[Floats]:
    """Mean, spread, range, how far it moves, what it remembers, first and last."""
    starts, mean = histories.starts, histories.mean(codes)
    centred = codes - np.repeat(mean, histories.lengths)
    yield mean
    yield np.sqrt(histories.mean(centred**2))
    yield np.minimum.reduceat(codes, starts)
    yield np.maximum.reduceat(codes, starts)
    yield histories.mean(np.abs(np.nan_to_num(histories.moves(codes))))
    for lag in (1, 2):
        # Of what stays near, the difference is small.
        yield histories.mean(np.nan_to_num(histories.moves(centred, lag)) ** 2)
    yield codes[starts]
    yield codes[starts + histories.lengths - 1]
