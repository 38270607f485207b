"""Does the twin tell a person's secret to who knows the rest of them?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from domain.evaluation.comparison import Comparison
from domain.evaluation.crowd import Crowd
from domain.evaluation.risk import Trial, trial
from domain.evaluation.sighting import Known, Sighting

ATTRIBUTE = "leakage.attribute"

MAX_SECRETS = 5
"""At most this many columns are attacked."""

FEW_VALUES = 20
"""Where nothing was flagged, columns of no more distinct values are attacked."""

TOLERANCE = 0.05
"""A number is guessed when it is off by no more than this part of the column's range."""


def secret_columns(comparison: Comparison) -> tuple[str, ...]:
    """The columns to attack: those flagged as personal first, then those of few values.

    Of these, the ones whose commonest value says least come first.
    """
    if len(comparison.columns) < 2:
        return ()
    common = {c: _commonest(comparison.train[c]) for c in comparison.columns}
    flagged = [c for c in comparison.flagged if common[c] < 1]
    few = [
        c
        for c in comparison.columns
        if c not in flagged and common[c] < 1 and comparison.train[c].nunique() <= FEW_VALUES
    ]
    return tuple(flagged + sorted(few, key=lambda c: common[c]))[:MAX_SECRETS]


def _commonest(column: pd.Series) -> float:
    return float(column.value_counts(normalize=True, dropna=False).iloc[0])


def attribute_trials(
    comparison: Comparison, crowd: Crowd, twin: Known, without: Known
) -> tuple[Trial, ...]:
    """For each secret column: of everybody, then of the most outlying.

    ``without``: other real rows, for an adversary who knows the population but not the twin, the
    baseline. Training people whom that one guesses are compared with such strangers, and all
    others with all others: some secrets are easy for being common, and of the few odd people one
    side may by chance have more of the easy ones.
    """
    found: list[Trial] = []
    some, few = crowd.outlying_people, crowd.outlying_strangers
    for column in twin.people.lookalikes:
        hits, control = _told(comparison, column, crowd, twin)
        guessed, easy = _told(comparison, column, crowd, without)
        for name, those, these in (
            (ATTRIBUTE, slice(None), slice(None)),
            (f"{ATTRIBUTE}_outliers", some, few),
        ):
            found.append(
                trial(
                    name,
                    hits[those],
                    control[these],
                    float(guessed[those].mean()),
                    scope=f"column:{column}",
                    # Rows beside themselves would leave nothing to compare.
                    easy=None if twin is without else (guessed[those], easy[these]),
                )
            )
    return tuple(found)


def _told(
    comparison: Comparison, column: str, crowd: Crowd, known: Known
) -> tuple[np.ndarray, np.ndarray]:
    """Whose secret is read off the rows: of training people, and of strangers."""
    return (
        _right(comparison, column, crowd.people, known.rows, known.people),
        _right(comparison, column, crowd.strangers, known.rows, known.strangers),
    )


def _right(
    comparison: Comparison,
    column: str,
    people: pd.DataFrame,
    rows: pd.DataFrame,
    seen: Sighting,
) -> np.ndarray:
    """For each person whether the row most like them has their secret."""
    truth = people[column].to_numpy()
    guess = rows[column].to_numpy()[seen.lookalikes[column]]
    if column in comparison.categorical:
        return np.asarray(truth == guess, bool)
    values = comparison.train[column]
    spread = float(values.max() - values.min())
    off = np.abs(truth - guess)
    return np.where(np.isnan(off), np.isnan(truth) & np.isnan(guess), off <= TOLERANCE * spread)
