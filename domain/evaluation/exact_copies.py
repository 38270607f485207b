"""Do training rows come back unchanged, and more often than real rows repeat by chance?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from domain.evaluation.comparison import Comparison
from domain.evaluation.copying import beyond_limit
from domain.evaluation.ranking import most_by_chance, share_interval
from domain.evaluation.report import Score
from domain.evaluation.seen import doubles, row_keys

_SOURCE = (
    "Exact match of all compared columns; the limit is the most that chance explains beside the "
    "{} rows (Fisher's exact test at 5 %)"
)

_NOTICEABLE = 0.05
"""A copies test that would overlook five more rows in a hundred acquits nobody."""

_FEWEST = 20
"""Held-out rows that tell what chance makes; beside fewer, training rows tell more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Originals:
    """The real rows that may have been copied, and how often rows repeat them by chance."""

    keys: np.ndarray
    named: str
    """What one of them is called."""
    chance: float
    """The share of the rows below that repeat one of them."""
    rows: int
    """How many rows chance is known from; 0 where it is not known."""
    those: str
    """What those rows are called."""

    @classmethod
    def of(cls, comparison: Comparison) -> Originals:
        """Training rows beside held-out ones; where these are no control or very few, real rows
        beside each other: of rows that may all have been trained on, all."""
        train, holdout = row_keys(comparison.train), comparison.holdout
        if len(holdout) and (len(holdout) < _FEWEST or not comparison.is_control):
            known = comparison.unseen
            keys = train if known else row_keys(pd.concat([comparison.train, holdout]))
            named = "training" if known else "real"
            return cls(
                keys=keys, named=named, chance=doubles(keys), rows=len(keys), those=f"{named} rows"
            )
        chance = _share_in(row_keys(holdout), train) if len(holdout) else 0.0
        return cls(
            keys=train,
            named="training",
            chance=chance,
            rows=len(holdout),
            those="held-out real rows",
        )

    @property
    def do(self) -> str:
        """What those rows do by chance."""
        return "do" if self.those.startswith("held-out") else "repeat another"


def copies_score(comparison: Comparison) -> Score:
    """The share of synthetic rows that repeat a real row in every compared column.

    The baseline is the share of real rows that do; the threshold the most that chance explains.
    Where the rows are so few that chance would explain nearly anything, no threshold is told
    unless it is passed: whatever kept it would look like an acquittal.
    """
    originals, n = Originals.of(comparison), len(comparison.synthetic)
    value = _share_in(row_keys(comparison.synthetic), originals.keys)
    score = comparison.score(
        "privacy.exact_copies",
        value,
        "",
        interval=share_interval(value, n),
        source=_SOURCE.format(originals.those.removesuffix(" rows")),
    )
    if originals.rows:
        known = round(originals.chance * originals.rows)
        limit = most_by_chance(known, originals.rows, n)
        score = replace(score, baseline=originals.chance, threshold=limit)
    score = replace(score, sentence=_sentence(score, value, n, originals))
    return score if _tells(score) or beyond_limit(score) else replace(score, threshold=None)


def _tells(score: Score) -> bool:
    """Whether copies worth a person's time would be beyond the limit."""
    return (score.threshold or 0.0) - (score.baseline or 0.0) <= _NOTICEABLE


def _sentence(score: Score, value: float, n: int, originals: Originals) -> str:
    chance = ""
    if originals.rows:
        low, high = share_interval(originals.chance, originals.rows)
        chance = (
            f"; of {originals.rows:,} {originals.those} {originals.chance:.2%} {originals.do} by "
            f"chance (95 %: {low:.2%} to {high:.2%})"
        )
    low, high = share_interval(value, n)
    return (
        f"{value:.2%} of {n:,} synthetic rows repeat a {originals.named} row in every compared "
        f"column (95 %: {low:.2%} to {high:.2%}){chance}. {_verdict(score, value, originals)}"
    )


def _verdict(score: Score, value: float, originals: Originals) -> str:
    """Guilty only beyond chance; acquitted only where the rows suffice to have seen guilt."""
    if value == 0:
        return "No copy was found; near-copies show in the distances."
    if score.baseline is None or score.threshold is None:
        return "Keep a holdout to know how many are chance."
    if beyond_limit(score):
        return "That is more than chance explains: do not release before you know why."
    if score.baseline == 0:
        whose = "held-out" if originals.do == "do" else "other real"
        return (
            f"The rows are too few to tell this from chance, but no {whose} row repeats one: look "
            "at the copies before release, or bring more held-out rows."
        )
    if not _tells(score):
        return "There are too few rows to tell memory from chance: bring more held-out rows."
    return "Rows repeat as often among real people, so chance explains these copies."


def _share_in(keys: np.ndarray, known: np.ndarray) -> float:
    return float(np.isin(keys, known).mean())
