"""Several histories drawn for each that is kept: the one that is like real ones as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.synthesis.sequences.drawing import Asked, DrawnEvents
from domain.synthesis.sequences.likeness import Likeness
from domain.synthesis.sequences.wholes import CodedHistories

Whole = NDArray[np.int64]

MOST_CANDIDATES, FEWEST_CANDIDATES = 8, 2
"""For each that is kept."""
_MOST_EVENTS = 2**19
"""Where more than so many events would be drawn, there are fewer candidates."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """Entities and what is asked of their events: all that are wanted, then once more …"""

    rows: pd.DataFrame
    asked: Asked
    each: int = 1
    """How many there are for each that is kept."""

    @property
    def wanted(self) -> int:
        return len(self.rows) // self.each

    def of(self, wanted: Whole) -> Candidates:
        """Those of some of the wanted entities."""
        times = np.arange(self.each)[:, np.newaxis] * self.wanted
        return self._chosen((times + wanted).reshape(-1))

    def longest_first(self) -> tuple[Candidates, Whole]:
        """In the order in which they are drawn, and for which wanted entity each is."""
        order = np.argsort(-self.asked.lengths, kind="stable")
        return self._chosen(order), order % max(self.wanted, 1)

    def _chosen(self, chosen: Whole) -> Candidates:
        rows = self.rows.iloc[chosen].reset_index(drop=True)
        return replace(self, rows=rows, asked=self.asked.of(chosen))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Candidates whose events were drawn together."""

    events: DrawnEvents
    candidates: Candidates
    """The longest first, as they were drawn."""
    places: Whole
    """For which of the wanted entities each is."""
    wanted: pd.DataFrame
    """The rows of those, as they were first drawn."""

    def kept(
        self, likeness: Likeness | None, own: Sequence[str], rng: np.random.Generator
    ) -> tuple[pd.DataFrame, Whole]:
        """Rows of the entities, and which histories are kept, in the order of those wanted.

        Columns of ``own``, such as keys, are of the wanted ones: no value of them comes twice.
        """
        rows, each = self.candidates.rows, self.candidates.each
        if likeness is None or each == 1:
            return rows, np.argsort(self.places)
        # Neighbours are about equally long, so that chances do not depend on lengths.
        log_odds = likeness.log_odds(CodedHistories.drawn(self.events)).reshape(-1, each)
        likelier = (log_odds + rng.gumbel(size=log_odds.shape)).argmax(axis=1)
        kept = np.arange(len(log_odds)) * each + likelier
        kept = kept[np.argsort(self.places[kept], kind="stable")]
        rows = rows.copy()
        for name in own:
            rows.loc[kept, name] = self.wanted[name].to_numpy()
        return rows, kept


def with_candidates(
    wanted: pd.DataFrame,
    asked: Callable[[pd.DataFrame], Asked],
    more: Callable[[int], pd.DataFrame],
) -> Candidates:
    """The rows of ``wanted`` entities with those of candidates beside them. ``asked``: of the
    events of some rows; ``more(time)``: as many other rows, which differ from time to time."""
    events = int(asked(wanted).lengths.sum())
    each = int(np.clip(_MOST_EVENTS // max(events, 1), FEWEST_CANDIDATES, MOST_CANDIDATES))
    rows = pd.concat([wanted, *(more(time) for time in range(1, each))], ignore_index=True)
    return Candidates(rows=rows, asked=asked(rows), each=each)
