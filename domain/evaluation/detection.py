"""Can a classifier tell synthetic rows from real ones? (The classifier two-sample test.)"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from domain.evaluation.comparison import Comparison
from domain.evaluation.give_aways import (
    GiveAway,
    beyond_real,
    give_away_scores,
    give_aways,
    named,
)
from domain.evaluation.ranking import auc_interval
from domain.evaluation.report import Score
from domain.evaluation.two_sample import FOLDS, Rows, auc_by_line, judged_by_boosting, sides

MIN_ROWS = 20
"""Rows needed on each side for an answer worth reading."""

CHANCE = 0.5
_SEEN, _EASY = 0.55, 0.75
_UNSURE = 0.6
"""Where the interval reaches further, a coin's AUC is no proof that the rows look real."""

_MISLED = 0.4
"""Surely below one half and below this, synthetic rows equal real ones: each misleads the judge
about the other."""

_TEST = f"Classifier two-sample test (Lopez-Paz & Oquab 2017), {FOLDS}-fold"
_SOURCE = f"{_TEST}, gradient boosting; interval: Hanley & McNeil 1982"
_LINEAR_SOURCE = f"{_TEST}, logistic regression; interval: Hanley & McNeil 1982"


def detection_scores(comparison: Comparison) -> tuple[Score, ...]:
    """Cross-validated AUC of telling synthetic from real rows (0.5 is indistinguishable), by
    two classifiers; and the columns that give synthetic rows away."""
    n = min(len(comparison.reference), len(comparison.synthetic))
    if n < MIN_ROWS:
        reason = f"Not measured: telling rows apart needs {MIN_ROWS} rows on each side."
        return (comparison.score("detection.auc", None, reason, source=_SOURCE),)
    rows = sides(comparison, comparison.reference, comparison.synthetic)
    judged = judged_by_boosting(comparison, rows)
    suspects = give_aways(judged)
    among = _real_rows(comparison)
    real = judged_by_boosting(comparison, among, [s.column for s in suspects]) if among else None
    apart = _beyond_chance(judged.auc, n, real.auc if real else CHANCE)
    found = beyond_real(suspects, real) if apart else ()
    return (
        comparison.score(
            "detection.auc",
            judged.auc,
            _sentence(judged.auc, n, comparison, _by_what(apart, found)),
            interval=auc_interval(judged.auc, n, n),
            baseline=real.auc if real else None,
            source=_SOURCE,
        ),
        _linear_score(comparison, rows, among),
        *give_away_scores(comparison, found, real),
    )


def detection_auc(comparison: Comparison, real: pd.DataFrame, other: pd.DataFrame) -> float:
    """Mean AUC over folds of gradient boosting trained to tell ``other`` from ``real`` rows.

    The longer side is drawn down to the shorter, so that both are equally likely.
    """
    return judged_by_boosting(comparison, sides(comparison, real, other), []).auc


def _real_rows(comparison: Comparison) -> Rows | None:
    """Held-out and training rows, to be told apart; ``None`` where they are too few."""
    if min(len(comparison.holdout), len(comparison.train)) < MIN_ROWS:
        return None
    return sides(comparison, comparison.holdout, comparison.train)


def _linear_score(comparison: Comparison, rows: Rows, among: Rows | None) -> Score:
    value, n = auc_by_line(comparison, rows), len(rows.real)
    interval = auc_interval(value, n, n)
    return comparison.score(
        "detection.auc_linear",
        value,
        f"Logistic regression, which weighs each column by itself, reaches an AUC of {value:.3f}. "
        f"{_linear_meaning(value, interval)}",
        interval=interval,
        baseline=auc_by_line(comparison, among) if among else None,
        source=_LINEAR_SOURCE,
    )


def _linear_meaning(value: float, interval: tuple[float, float]) -> str:
    if interval[0] <= CHANCE:
        return "What tells rows apart, if anything, is in combinations of columns."
    if value < _SEEN:
        return "That is hardly better than a coin: means and shares are about right."
    return "Means or shares of single columns are off: look at the columns that differ most."


def _beyond_chance(value: float, n: int, real: float) -> bool:
    """Whether the intervals of this AUC and of that among real rows lie apart.

    What a classifier happened to learn varies too, which no interval of an AUC counts: among
    real rows of 500 a side, one table in five is above one half by its own interval.
    """
    return auc_interval(value, n, n)[0] > auc_interval(max(real, CHANCE), n, n)[1]


def _by_what(apart: bool, found: Sequence[GiveAway]) -> str:
    """Which columns the classifier goes by."""
    if found:
        return f"It goes by {named(found)}: see what to do about each."
    if apart:
        return "No single column gives them away."
    return "No column gives them away."


def _sentence(value: float, n: int, comparison: Comparison, by_what: str) -> str:
    if value < _MISLED and auc_interval(value, n, n)[1] < CHANCE:
        return (
            f"A classifier that looks for synthetic rows among the {comparison.against} reaches an "
            f"AUC of {value:.3f}; one half is a coin. So far below it, it took them for rows that "
            "it had seen as real: the synthetic rows are copies of those, or nearly. Do not "
            "release before you have looked at the copies."
        )
    return f"{_meaning(value, comparison.against)} {_verdict(value, n)} {by_what}"


def _meaning(value: float, against: str) -> str:
    if value < CHANCE:
        return (
            f"A classifier that looks for synthetic rows among the {against} reaches an AUC of "
            f"{value:.3f}; one half is a coin, and below one half counts as not told apart."
        )
    return (
        f"Shown a synthetic row and one of the {against}, a classifier picks the synthetic one "
        f"{value:.1%} of the time; one half is a coin."
    )


def _verdict(value: float, n: int) -> str:
    low, high = auc_interval(max(value, CHANCE), n, n)
    told_apart = value >= _SEEN and low > CHANCE
    if not told_apart and (high > _UNSURE or value >= _SEEN):
        return f"{n:,} rows a side are too few to tell whether they look real: bring more rows."
    if not told_apart:
        return "That is hardly better than a coin: the rows look real to it."
    if value < _EASY:
        return "Some pattern gives them away; the pair and column scores show where to look."
    return "They are easy to tell apart: try another synthesizer or more training."
