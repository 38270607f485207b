"""Filling the gaps of given rows, so that the whole rows keep the constraints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.constraint_rows import as_written, breaks
from domain.datasets.constraints import Combination, Constraint
from domain.kernel import BadInput
from domain.synthesis.computing import Computed
from domain.synthesis.distances import Distance
from domain.synthesis.folding import Folded
from domain.synthesis.reshaping import Reshaping

ROUNDS = 20
_PATIENCE = 5
"""Rounds in which the engine may find a combination that fits the given cells; then one is
chosen by its frequency."""
_NUMBERED = 5
"""Rows named by their number in a refusal."""

Mask = NDArray[np.bool_]
Fill = Callable[[pd.DataFrame, int], Iterator[pd.DataFrame]]
"""``fill(rows, time)``: the engine's completion of reshaped rows; each ``time`` gives another."""


@dataclass(slots=True, kw_only=True, eq=False)
class Completion:
    """Completes rows of one reshaped table."""

    reshaping: Reshaping
    fill: Fill
    _blame: Counter[str] = field(default_factory=Counter)

    def rows(self, given: pd.DataFrame) -> Iterator[pd.DataFrame]:
        """The given rows without gaps, in their order; given cells stay as they are.

        Raises :class:`BadInput` for given cells that break a constraint by themselves, and for
        gaps that nothing drawn can fill.
        """
        given = given.reset_index(drop=True)
        self._refuse_broken(given)
        start = 0
        for filled in self.fill(self._shaped(given), 0):
            part = given.iloc[start : start + len(filled)].reset_index(drop=True)
            start += len(filled)
            yield self._finished(filled, part)

    def _finished(self, filled: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
        frame = self._whole(filled, given)
        for time in range(1, ROUNDS + 1):
            wrong = np.flatnonzero(self._wrong(frame))
            if not len(wrong):
                return frame
            part = given.iloc[wrong].reset_index(drop=True)
            shaped = self._shaped(part, pinned=time > _PATIENCE)
            again = pd.concat(list(self.fill(shaped, time)), ignore_index=True)
            better = self._whole(again, part).set_axis(frame.index[wrong])
            frame = pd.concat([frame.drop(index=frame.index[wrong]), better]).sort_index()
        if not self._wrong(frame).any():
            return frame
        rule, _ = self._blame.most_common(1)[0]
        raise BadInput(
            f"The gaps of some given rows cannot be filled so that “{rule}” holds; correct their "
            "given cells, or leave more of them open."
        )

    def _refuse_broken(self, given: pd.DataFrame) -> None:
        for rule in self.reshaping.table.constraints:
            broken = breaks(rule, self._written(given), self.reshaping.table)
            if isinstance(rule, Combination):
                fold = self._fold(rule)
                full = given[list(fold.makes)].notna().all(axis=1).to_numpy(np.bool_)
                broken = full & (fold.numbers(given) < 0)
            if broken.any():
                raise BadInput(
                    f"{_rows_that_break(broken, rule)}; correct the cells, or leave one of "
                    "them open."
                )

    def _fold(self, rule: Combination) -> Folded:
        return next(f for f in self.reshaping.folds if set(f.makes) == set(rule.columns))

    def _shaped(self, given: pd.DataFrame, *, pinned: bool = False) -> pd.DataFrame:
        """The given rows as the engine sees them: a distance or a combination of which a cell
        is not given is a gap."""
        shaped = self.reshaping.shaped(given)
        for step in self.reshaping.steps:
            if isinstance(step, Distance):
                open_rows = given[list(step.lows)].isna().any(axis=1)
                shaped = shaped.assign(**{step.high: shaped[step.high].mask(open_rows)})
            elif isinstance(step, Folded):
                labels = self._labels(step, given, shaped[step.name], pinned=pinned)
                shaped = shaped.assign(**{step.name: labels})
        return shaped

    def _labels(
        self, fold: Folded, given: pd.DataFrame, labels: pd.Series, *, pinned: bool
    ) -> pd.Series:
        cells = given[list(fold.makes)]
        open_rows = cells.isna().any(axis=1).to_numpy(np.bool_)
        labels = labels.astype(object).mask(open_rows)
        partly = open_rows & cells.notna().any(axis=1).to_numpy(np.bool_)
        words = labels.to_numpy(object, copy=True)
        if pinned and partly.any():
            rng = np.random.default_rng(len(words))
            words[partly] = fold.some_fitting(cells[partly], rng)
        return pd.Series(pd.Categorical(words), index=labels.index)

    def _whole(self, filled: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
        """Completed rows of the table: given cells, drawn ones, and those that follow."""
        drawn = self.reshaping.restored(filled.reset_index(drop=True))
        frame = _given_first(given, drawn)
        gaps = given.isna()
        for step in self.reshaping.steps:
            if isinstance(step, Distance) and len(step.lows) == 1:
                low = step.lows[0]
                rows = (gaps[low] & ~gaps[step.high]).to_numpy(np.bool_)
                lowered = step.lowered(drawn, rows, given[step.high])
                frame = frame.assign(**{low: frame[low].where(~rows, lowered)})
            elif isinstance(step, Computed):
                frame = step.solved(frame, gaps)
                frame = _given_first(given, step.restored(frame))
        return self._written(frame)

    def _written(self, frame: pd.DataFrame) -> pd.DataFrame:
        table = self.reshaping.table
        about = sorted({name for rule in table.constraints for name in rule.columns})
        return frame.assign(**as_written(frame, table, about))

    def _wrong(self, frame: pd.DataFrame) -> Mask:
        wrong = np.zeros(len(frame), dtype=np.bool_)
        for rule in self.reshaping.table.constraints:
            broken = self._broken(rule, frame)
            self._blame[str(rule)] += int(broken.sum())
            wrong |= broken
        return wrong

    def _broken(self, rule: Constraint, frame: pd.DataFrame) -> Mask:
        if isinstance(rule, Combination):
            return self._fold(rule).numbers(frame) < 0
        return breaks(rule, frame, self.reshaping.table)


def _rows_that_break(broken: Mask, rule: Constraint) -> str:
    """How many rows break the rule, and the numbers of the first of them, from 1 on."""
    places = np.flatnonzero(broken)
    numbers = ", ".join(str(place + 1) for place in places[:_NUMBERED])
    more = ", …" if len(places) > _NUMBERED else ""
    verb, rows = ("breaks", "row") if len(places) == 1 else ("break", "rows")
    return (
        f"{len(places):,} of the given rows {verb} the constraint “{rule}” "
        f"({rows} {numbers}{more}, counted without the header)"
    )


def _given_first(given: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    """Given cells, and drawn ones in their gaps."""
    return pd.DataFrame({name: _filled(given[name], drawn[name]) for name in drawn.columns})


def _filled(given: pd.Series, drawn: pd.Series) -> pd.Series:
    there = given.notna()
    if isinstance(drawn.dtype, pd.CategoricalDtype):
        cells = given.astype(object).where(there, drawn.astype(object))
        return pd.Series(pd.Categorical(cells), index=drawn.index)
    return drawn.where(~there, given)
