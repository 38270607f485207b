"""Several histories drawn for each that is kept: the one that is like real ones as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import union_categoricals

from domain.synthesis.encoding.surrogates import SurrogateCodec
from domain.synthesis.sequences.drawing import Asked, DrawnEvents
from domain.synthesis.sequences.likeness import Likeness
from domain.synthesis.sequences.wholes import CodedHistories

Whole = NDArray[np.int64]

MOST_CANDIDATES, FEWEST_CANDIDATES = 8, 2
"""For each that is kept."""
_MOST_EVENTS = 2**19
"""Where more than so many events would be drawn, there are fewer candidates."""
_FEWEST_ALIKE = 4
"""Of entities with the same constant columns so many are wanted on average, so that each has rivals
of about its length."""


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
        self,
        likeness: Likeness | None,
        constant: Sequence[str],
        own: Mapping[str, SurrogateCodec],
        rng: np.random.Generator,
    ) -> tuple[pd.DataFrame, Whole]:
        """Rows of the entities, and which histories are kept, in the order of those wanted.

        Those that compete are as long as each other, about, and the same in columns that are
        ``constant``, as far as enough are. Values of the columns ``own``, such as keys, come from
        the wanted rows, so that none comes twice; gaps stay where they were drawn.
        """
        rows, each = self.candidates.rows, self.candidates.each
        if likeness is None or each == 1:
            return rows, np.argsort(self.places)
        near = np.lexsort(
            (-self.candidates.asked.lengths, self._alike([n for n in constant if n not in own]))
        )
        rivals = near.reshape(-1, each)
        log_odds = likeness.log_odds(CodedHistories.drawn(self.events))[rivals]
        likelier = (log_odds + rng.gumbel(size=rivals.shape)).argmax(axis=1)
        kept = rivals[np.arange(len(rivals)), likelier]
        kept = kept[np.argsort(self.places[kept], kind="stable")]
        found = {
            name: _handed_over(rows[name], kept, self.wanted[name], own[name], rng) for name in own
        }
        return rows.assign(**found), kept

    def _alike(self, constant: Sequence[str]) -> Whole:
        """One number for all that are the same in columns that are ``constant``, 0 for all where
        they would be too few to compete."""
        rows = self.candidates.rows
        nobody = np.zeros(len(rows), dtype=np.int64)
        if not constant or not len(rows):
            return nobody
        numbers = rows.groupby(list(constant), dropna=False, observed=True).ngroup()
        groups = numbers.nunique()
        if groups * _FEWEST_ALIKE * self.candidates.each > len(rows):
            return nobody
        return np.asarray(numbers, dtype=np.int64)


def with_candidates(
    wanted: pd.DataFrame,
    asked: Callable[[pd.DataFrame], Asked],
    more: Callable[[int], pd.DataFrame],
) -> Candidates:
    """The rows of ``wanted`` entities with those of candidates beside them. ``asked``: of the
    events of some rows; ``more(time)``: as many other rows, which differ from time to time."""
    events = int(asked(wanted).lengths.sum())
    each = int(np.clip(_MOST_EVENTS // max(events, 1), FEWEST_CANDIDATES, MOST_CANDIDATES))
    rows = _joined([wanted, *(more(time) for time in range(1, each))])
    return Candidates(rows=rows, asked=asked(rows), each=each)


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One below the other; categories stay categories, whichever a part has of them."""
    found = pd.concat(parts, ignore_index=True)
    words = parts[0].select_dtypes("category").columns
    return found.assign(
        **{n: pd.Series(union_categoricals([part[n] for part in parts])) for n in words}
    )


def _handed_over(
    column: pd.Series,
    kept: Whole,
    wanted: pd.Series,
    codec: SurrogateCodec,
    rng: np.random.Generator,
) -> pd.Series:
    """A column in which the ``kept`` rows have the ``wanted`` values one after the other, and new
    ones after the last, where they have any."""
    there = kept[column.iloc[kept].notna().to_numpy(np.bool_)]
    values = wanted.dropna().astype(object).to_numpy()[: len(there)]
    more = codec.decode(np.zeros(len(there) - len(values), dtype=np.int64), rng)
    found = column.astype(object)
    found.iloc[there] = np.concatenate([values, more.astype(object).to_numpy()])
    return found.astype("category" if column.dtype == "category" else column.dtype)
