"""Values that an entity has a small set of: the terminals a customer pays at, in any order.

Of such a column the last value hardly ever comes again, but one of those before nearly always does.
So the network says whether a value is new, told how many there are already; else it is any of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.synthesis.sequences.cells import Codes
from domain.synthesis.sequences.columns import NOWHERE

_MOST = 256
"""Values of an entity that may come again; of more, later ones take the places of earlier ones."""

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """What the histories of real rows had before each of them."""

    source: Codes
    """The last row with the same value; of a new one the last row with any, ``NOWHERE`` without."""
    again: Codes
    """1 where the value came before."""
    known: Codes
    """How many different values came before."""


def before(owner: Codes, column: pd.Series) -> Before:
    """Look back from every row of histories side by side; a missing cell is no value."""
    numbers = pd.factorize(column.astype(object), use_na_sentinel=True)[0]
    there = numbers >= 0
    rows = pd.DataFrame({"owner": owner, "value": numbers, "row": np.arange(len(owner))})
    same = rows[there].groupby(["owner", "value"], sort=False)["row"].shift()
    source = same.reindex(rows.index).fillna(NOWHERE).to_numpy(np.int64)
    again = source != NOWHERE
    rows["fresh"] = there & ~again
    known = rows.groupby("owner", sort=False)["fresh"].cumsum() - rows["fresh"]
    rows["row"] = rows["row"].where(there)
    latest = rows.groupby("owner", sort=False)["row"].transform(lambda own: own.ffill().shift())
    latest = latest.fillna(NOWHERE).astype(np.int64)
    return Before(
        source=np.where(again, source, latest),
        again=again.astype(np.int64),
        known=known.to_numpy(np.int64),
    )


def comes_again(owner: Codes, column: pd.Series) -> float:
    """The share of rows with a value, but the first of each history, whose value came before."""
    found = before(owner, column)
    later = (found.known > 0) & column.notna().to_numpy(np.bool_)
    return float(found.again[later].mean()) if later.any() else 0.0


class Own:
    """The values that histories have while they are drawn: flat numbers of their first events."""

    def __init__(self, many: int, steps: int) -> None:
        self.values = np.full((many, min(steps, _MOST)), NOWHERE, dtype=np.int64)
        self.known = np.zeros(many, dtype=np.int64)

    def any_of(self, who: Whole, rng: np.random.Generator) -> Codes:
        """One of the values of each history of ``who``, ``NOWHERE`` where there is none."""
        held = np.minimum(self.known[who], self.values.shape[1])
        found: Codes = self.values[who, (rng.random(len(who)) * held).astype(np.int64)]
        return found

    def add(self, who: Whole, events: Codes) -> None:
        """The next ``events`` of the histories ``who``, each with a new value."""
        self.values[who, self.known[who] % self.values.shape[1]] = events
        self.known[who] += 1
