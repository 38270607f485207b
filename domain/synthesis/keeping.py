"""Rows that break a rule are replaced by others that keep all of them, or refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.constraint_rows import as_written, breaks, row_keys
from domain.datasets.constraints import Combination, Constraint, Unique
from domain.datasets.entities import TableMetadata
from domain.kernel import BadInput
from domain.synthesis.condition_rows import matching
from domain.synthesis.conditions import Condition

MIN_BATCH = 1_000
MAX_BATCH = 65_536
MIN_BUDGET = 50_000
"""Rows drawn in place of others before a rule is given up, however few are wanted."""
BUDGET_PER_ROW = 100

Mask = NDArray[np.bool_]
DrawMore = Callable[[int, int], Iterator[pd.DataFrame]]
"""``draw(rows, time)``: about so many other rows of the table; each ``time`` gives others."""
CONDITIONS = "the conditions of this sample"


@dataclass(slots=True, kw_only=True, eq=False)
class Keeper:
    """Sees that every row of one table keeps its rules, as the rows are written.

    A row that does not gets its cells from another drawn row, but for the columns in
    ``identity`` (keys, which belong to the row and to the tables that refer to it).
    """

    table: TableMetadata
    identity: frozenset[str]
    conditions: Sequence[Condition]
    """Those that the engine could not see to."""
    alike: str | None
    """A column whose shares are set: a row is replaced by one with the same value."""
    draw_more: DrawMore
    _seen: dict[int, NDArray[np.uint64]] = field(default_factory=dict)
    _spare: pd.DataFrame | None = None
    _drawn: int = 0
    _times: int = 0
    _wanted: int = 0
    _share: float = 1.0
    _blame: Counter[str] = field(default_factory=Counter)

    @property
    def rules(self) -> tuple[Constraint, ...]:
        """Those about single rows that can be broken."""
        return tuple(c for c in self.table.constraints if not isinstance(c, Unique | Combination))

    @property
    def uniques(self) -> tuple[Unique, ...]:
        """Those that no column of the row's identity sees to already."""
        return tuple(
            c
            for c in self.table.constraints
            if isinstance(c, Unique) and not self.identity & set(c.columns)
        )

    def kept(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with every row keeping every rule; raises :class:`BadInput` where that
        cannot be had within the budget."""
        frame = self.written(frame)
        if not len(frame):
            return frame
        wrong = self._wrong(frame)
        self._share = max(1 - float(wrong.mean()), 1 / MAX_BATCH)
        wrong |= self._repeats(frame, ~wrong)
        self._remember(frame[~wrong])
        self._wanted += int(wrong.sum())
        while wrong.any():
            frame, wrong = self._replaced(frame, wrong, self._spares(int(wrong.sum())))
        return frame

    def written(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame as it reads back from its text, in the columns that rules are about."""
        about = {name for rule in self.table.constraints for name in rule.columns}
        about |= {condition.column for condition in self.conditions}
        return frame.assign(**as_written(frame, self.table, sorted(about))) if about else frame

    def _wrong(self, frame: pd.DataFrame) -> Mask:
        wrong = np.zeros(len(frame), dtype=np.bool_)
        for rule in self.rules:
            broken = breaks(rule, frame, self.table)
            self._blame[f"the constraint “{rule}”"] += int(broken.sum())
            wrong |= broken
        if self.conditions:
            missed = ~matching(frame, self.conditions)
            self._blame[CONDITIONS] += int(missed.sum())
            wrong |= missed
        return wrong

    def _repeats(self, frame: pd.DataFrame, right: Mask) -> Mask:
        """Of the ``right`` rows those that repeat an earlier one where they must not."""
        repeated = np.zeros(len(frame), dtype=np.bool_)
        for place, rule in enumerate(self.uniques):
            keys, filled = row_keys(frame, rule.columns)
            rows = np.flatnonzero(right & filled & ~repeated)
            again = pd.Series(keys[rows]).duplicated().to_numpy()
            again |= _among(keys[rows], self._seen.get(place))
            self._blame[f"the constraint “{rule}”"] += int(again.sum())
            repeated[rows[again]] = True
        return repeated

    def _remember(self, frame: pd.DataFrame) -> None:
        for place, rule in enumerate(self.uniques):
            keys, filled = row_keys(frame, rule.columns)
            old = self._seen.get(place, np.zeros(0, dtype=np.uint64))
            self._seen[place] = np.sort(np.concatenate([old, keys[filled]]), kind="stable")

    def _replaced(
        self, frame: pd.DataFrame, wrong: Mask, spares: pd.DataFrame
    ) -> tuple[pd.DataFrame, Mask]:
        """Wrong rows overwritten by spares, as far as those go; what is left of both stays."""
        spares = spares[~self._repeats(spares, np.ones(len(spares), dtype=np.bool_))]
        places, chosen = self._paired(frame, np.flatnonzero(wrong), spares)
        wrong = wrong.copy()
        wrong[places] = False
        if not wrong.any():  # else those left over are of no use to the rows left over
            self._spare = spares.drop(index=spares.index[chosen])
        new = spares.iloc[chosen]
        columns = [name for name in frame.columns if name not in self.identity]
        frame = pd.DataFrame(
            {n: _put(frame[n], places, new[n]) if n in columns else frame[n] for n in frame}
        )
        self._remember(frame.iloc[places])
        return frame, wrong

    def _paired(
        self, frame: pd.DataFrame, places: NDArray[np.intp], spares: pd.DataFrame
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows to replace, and the spare for each."""
        if self.alike is None:
            count = min(len(places), len(spares))
            return places[:count], np.arange(count)
        wanted, _ = row_keys(frame[[self.alike]].iloc[places], [self.alike])
        there, _ = row_keys(spares, [self.alike])
        pairs = [(np.zeros(0, np.intp), np.zeros(0, np.intp))]
        for value in np.unique(wanted):
            at, free = places[wanted == value], np.flatnonzero(there == value)
            count = min(len(at), len(free))
            pairs.append((at[:count], free[:count]))
        return np.concatenate([p for p, _ in pairs]), np.concatenate([f for _, f in pairs])

    def _spares(self, wanted: int) -> pd.DataFrame:
        """Rows that keep the rules about single rows: those left over, then new ones."""
        if self._spare is not None and len(self._spare):
            spare, self._spare = self._spare, None
            return spare
        if self._drawn >= max(MIN_BUDGET, BUDGET_PER_ROW * self._wanted):
            raise self._given_up()
        self._times += 1
        batch = int(min(max(1.2 * wanted / self._share, MIN_BATCH), MAX_BATCH))
        self._drawn += batch
        drawn = (self.written(frame) for frame in self.draw_more(batch, self._times))
        found = pd.concat([frame[~self._wrong(frame)] for frame in drawn], ignore_index=True)
        self._share = max(len(found) / batch, 1 / MAX_BATCH)
        return found

    def _given_up(self) -> BadInput:
        rule, _ = self._blame.most_common(1)[0]
        if rule == CONDITIONS:
            return BadInput(f"After {self._drawn:,} more rows, too few meet {rule}; widen them.")
        return BadInput(
            f"After {self._drawn:,} more rows, too few meet {rule}; loosen it, or ask for fewer "
            "rows."
        )


def _put(column: pd.Series, places: NDArray[np.intp], values: pd.Series) -> pd.Series:
    """The column with ``values`` at ``places``, whatever categories either knows."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        cells = column.astype(object).to_numpy(object, copy=True)
        cells[places] = values.astype(object).to_numpy(object)
        return pd.Series(pd.Categorical(cells), index=column.index)
    changed = column.copy()
    changed.iloc[places] = values.to_numpy() if column.dtype.kind in "fM" else values.array
    return changed


def _among(keys: NDArray[np.uint64], ordered: NDArray[np.uint64] | None) -> Mask:
    if ordered is None or not len(ordered):
        return np.zeros(len(keys), dtype=np.bool_)
    places = np.searchsorted(ordered, keys).clip(0, len(ordered) - 1)
    return np.asarray(ordered[places] == keys)
