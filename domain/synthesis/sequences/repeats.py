"""Whose value may come again while histories are drawn: the last event's of the same sort, or that
of any event with a value that the entity has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from domain.synthesis.sequences.cells import Codes, State
from domain.synthesis.sequences.columns import EventColumn
from domain.synthesis.sequences.one_kind import rows_of
from domain.synthesis.sequences.own_values import Own


@dataclass(slots=True, eq=False)
class Repeat:
    """The last event of every entity under every key, while drawing."""

    column: EventColumn
    key: Sequence[tuple[str, int]]
    """Names of the key's cells, and the sizes by which their codes are told apart."""
    last: NDArray[np.int64]
    """Shape ``(histories, keys)``: flat numbers of events."""
    where: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    own: Own | None = None
    """Where any value comes again: all that the histories have."""

    def look(self, state: State, rng: np.random.Generator) -> NDArray[np.int64]:
        """The source of each history's event."""
        if self.own is not None:
            histories = np.arange(len(self.last))[rows_of(state)]
            state[f"known {self.column.name}"] = self.own.known[histories]
            return self.own.any_of(histories, rng)
        self.where = np.zeros(len(state["place"]), dtype=np.int64)
        for name, size in self.key:
            self.where = self.where * size + state[name]
        who = np.arange(len(self.last))[rows_of(state)]
        return self.last[who, self.where]

    def keep(self, who: Codes, events: Codes, state: State) -> None:
        """The next ``events`` (flat numbers) of the histories ``who``."""
        if self.own is None:
            self.last[who, self.where] = events
            return
        new = (state[self.column.again] == 0) & ~self.column.lacking(state)
        if self.column.codec.missing is not None:
            new &= state[self.column.cell] != self.column.codec.missing
        self.own.add(who[new], events[new])
