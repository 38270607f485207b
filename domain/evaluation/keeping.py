"""Does a score keep its limit, and can it? Light: pages import it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from domain.evaluation.report import Score

MARGIN = 0.03
"""Where real rows themselves miss a limit, a twin may be this much worse than they are."""

_MORE_IS_BETTER = frozenset(
    {
        "similarity.quality",
        "similarity.columns_passed",
        "similarity.ks_acceptance",
        "utility.importance_agreement",
        "utility.importance_overlap",
        "privacy.dcr_median",
        "privacy.dcr_p5",
        "temporal.running_formula",
    }
)
_P_VALUES = ("_p", "_q")
_COMPARED_WITH_REAL = ("similarity.", "detection.", "temporal.")
"""Likeness: its baseline is what real rows reach. Of leaks no baseline excuses any."""


class Kept(StrEnum):
    """What is said beside a limit."""

    KEPT = "kept"
    BEYOND = "beyond"
    UNSURE = "not sure"
    """Of the risk of an attack: kept, but not by the whole 95 % interval."""


def kept(score: Score) -> Kept | None:
    """Whether ``score`` keeps its threshold; ``None`` where one of the two is unknown."""
    if score.value is None or score.threshold is None:
        return None
    beyond = (
        score.value < score.threshold if more_is_better(score) else score.value > score.threshold
    )
    if beyond:
        return Kept.BEYOND
    return Kept.UNSURE if _may_be_beyond(score, score.threshold) else Kept.KEPT


def _may_be_beyond(score: Score, limit: float) -> bool:
    """Whether a risk may be above its limit; of a limit of nobody, no interval can tell."""
    is_risk = score.name.startswith("leakage.") and limit > 0
    return is_risk and score.interval is not None and score.interval[1] > limit


def more_is_better(score: Score) -> bool:
    """Whether its threshold is a least value. What models lose has one below zero."""
    if score.name in _MORE_IS_BETTER or score.name.endswith(_P_VALUES):
        return True
    return score.name.startswith("utility.") and (score.threshold or 0.0) < 0


def kept_in_words(scores: Sequence[Score]) -> str:
    """``7 of 9 figures keep their limits``; empty where none has one."""
    judged = [found for found in map(kept, scores) if found is not None]
    if not judged:
        return ""
    unsure = judged.count(Kept.UNSURE)
    told = f"{judged.count(Kept.KEPT)} of {len(judged)} figures keep their limits"
    return f"{told}, {unsure} not surely" if unsure else told


def within_reach(limit: float, score: Score, *, least: bool) -> float:
    """``limit``, or where real rows themselves miss it, what they reach and :data:`MARGIN`.

    ``least`` says whether the limit is a least value. Only likeness has a baseline that counts:
    a limit of leaks or distances stays as it is.
    """
    if score.baseline is None or not score.name.startswith(_COMPARED_WITH_REAL):
        return limit
    if least:
        return limit if score.baseline >= limit else score.baseline - MARGIN
    return limit if score.baseline <= limit else score.baseline + MARGIN
