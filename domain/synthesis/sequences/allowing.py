"""What an event that is drawn may have: amounts that keep a running total between its ends, and
only what goes with the kind of the event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from domain.synthesis.sequences.cells import Codes, State
from domain.synthesis.sequences.companions import Companion
from domain.synthesis.sequences.events import Events
from domain.synthesis.sequences.holding import Holder

Allowed = NDArray[np.bool_]
Floats = NDArray[np.float64]


class Allowing:
    """The rules of a log. ``values``: of the amounts, as they are drawn (see ``DrawnEvents``)."""

    def __init__(self, events: Events, values: Mapping[str, Floats]) -> None:
        holders = [Holder.of(total, events.columns) for total in events.totals]
        self.holders = [holder for holder in holders if holder is not None]
        self.values = values
        self.companions: dict[str, list[Companion]] = {}
        for companion in events.companions:
            for name in (companion.column.cell, companion.column.again):
                self.companions.setdefault(name, []).append(companion)

    def of(self, cell: str, free: Codes, state: State, logits: Tensor) -> Tensor:
        """``logits`` of a cell of the events ``free`` without what they may not have; where that
        would be everything, as they are."""
        for allowed in self._by_rule(cell, free, state):
            possible = torch.from_numpy(allowed) & ~torch.isneginf(logits)
            possible |= ~possible.any(1, keepdim=True)
            logits = logits.masked_fill(~possible, -torch.inf)
        return logits

    def _by_rule(self, cell: str, free: Codes, state: State) -> Iterator[Allowed]:
        """Which codes of a cell the events ``free`` may have, by each rule: (events, codes)."""
        for companion in self.companions.get(cell, ()):
            if cell == companion.column.cell:
                yield companion.codes(state, free)
            else:
                yield _once_more(companion.again(state, free))
        for holder in self.holders:
            column = holder.column
            if cell == column.cell:
                yield holder.codes(state, free)
            elif cell == column.again:
                source = state[f"source {column.name}"][free]
                amounts = self.values[column.name].reshape(-1)[source]
                yield _once_more(holder.again(state, free, amounts))


def _once_more(again: Allowed) -> Allowed:
    """The two codes of a cell that says whether a value comes again: not to is always allowed."""
    return np.column_stack([np.ones(len(again), dtype=np.bool_), again])
