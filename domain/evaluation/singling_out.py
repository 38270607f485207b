"""Does the twin tell what singles one real person out of the table?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from domain.evaluation.comparison import Comparison
from domain.evaluation.crowd import furthest
from domain.evaluation.predicates import (
    COLUMNS,
    Columns,
    Predicate,
    coded,
    guessed,
    matches,
    multivariate,
    univariate,
)
from domain.evaluation.rescaling import singled_out_among
from domain.evaluation.risk import Trial

ONE_COLUMN = "leakage.singling_out_one"
SEVERAL_COLUMNS = "leakage.singling_out_several"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Real rows that predicates are tried on, and how far off each of them stands."""

    frame: pd.DataFrame
    far: np.ndarray

    def drawn(self, rows: int, random: np.random.Generator) -> Side:
        """At most so many of the rows."""
        at = np.sort(random.permutation(len(self.frame))[:rows])
        return Side(frame=self.frame.iloc[at], far=self.far[at])

    def different(self) -> Side:
        """The rows without repetitions: a repeated row cannot be singled out."""
        first = ~self.frame.duplicated().to_numpy()
        return Side(frame=self.frame[first], far=self.far[first])


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """What some predicates pick out of one side."""

    counts: np.ndarray
    """For each predicate the number of rows that fulfil it."""
    first: np.ndarray
    """For each predicate the first such row."""
    outlying: np.ndarray
    """The most outlying rows of the side."""

    @property
    def hits(self) -> int:
        """Predicates that exactly one row fulfils."""
        return int(np.count_nonzero(self.counts == 1))

    @property
    def outlying_hits(self) -> int:
        """Outlying rows that some predicate singles out."""
        return int(np.isin(self.outlying, self.first[self.counts == 1]).sum())


def singling_out_trials(
    comparison: Comparison, train: Side, control: Side, twin: pd.DataFrame
) -> tuple[Trial, ...]:
    """Of all predicates, then of the most outlying people, with one and with several columns.

    A predicate that one synthetic row fulfils succeeds when exactly one training row does
    (Giomi et al. 2023; Cohen & Nissim 2020). An outlying person is singled out when some
    predicate picks them alone. A control of fewer rows is brought to the size of the training
    rows, since the number of rows decides how often chance singles out.
    """
    random = np.random.default_rng(comparison.seed)
    control = control.drawn(len(train.frame), random)
    size = len(train.frame) / len(control.frame)
    sides = (train.different(), control.different())
    known, *real = coded(comparison, [twin.drop_duplicates(), *(s.frame for s in sides)])
    attacks = {ONE_COLUMN: (univariate(comparison, known, random), 1)}
    if len(comparison.columns) > 1:
        width = min(COLUMNS, len(comparison.columns))
        attacks[SEVERAL_COLUMNS] = (multivariate(comparison, known, random), width)
    found: list[Trial] = []
    for name, (predicates, width) in attacks.items():
        if predicates:
            picked = [_picked(predicates, t, s) for t, s in zip(real, sides, strict=True)]
            guesses = guessed(comparison, known, len(predicates), width, random)
            found += _trials(name, picked[0], picked[1], _picked(guesses, real[0], sides[0]), size)
    return tuple(found)


def _trials(
    name: str, train: Picked, control: Picked, guess: Picked, size: float
) -> tuple[Trial, Trial]:
    """``size``: how many times as many training rows there are as control rows."""
    factor = singled_out_among(control.counts, size)
    predicates, outliers = len(train.counts), len(control.outlying)
    everybody = _rescaled(control.hits, predicates, factor)
    few = _rescaled(control.outlying_hits, outliers, factor / size)
    return (
        Trial(
            name=name,
            hits=train.hits,
            attacks=predicates,
            control_hits=everybody[0],
            controls=everybody[1],
            guess=guess.hits / predicates,
        ),
        Trial(
            name=f"{name}_outliers",
            hits=train.outlying_hits,
            attacks=len(train.outlying),
            control_hits=few[0],
            controls=few[1],
            guess=guess.outlying_hits / len(guess.outlying),
        ),
    )


def _rescaled(hits: int, n: int, factor: float) -> tuple[int, int]:
    """The control's rate times ``factor``, as hits among as many controls as are as unsure.

    (The variance of a rate that is multiplied grows by the square of the factor.)
    """
    rate = hits / n
    scaled = min(rate * factor, 1.0)
    if factor <= 1 or rate == 1:
        return round(scaled * n), n
    controls = max(round(n * (1 - scaled) / (factor * (1 - rate))), 1)
    return round(scaled * controls), controls


def _picked(predicates: Sequence[Predicate], table: Columns, side: Side) -> Picked:
    found = np.array([matches(predicate, table) for predicate in predicates])
    return Picked(counts=found[:, 0], first=found[:, 1], outlying=furthest(side.far))
