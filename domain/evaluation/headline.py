"""The few scores that lists and cards show. Light: pages import it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from domain.evaluation.keeping import Kept, kept
from domain.evaluation.report import EvaluationReport, Score

_Worst = Callable[..., Any]
"""``min`` or ``max``."""

HEADLINE: Mapping[str, tuple[str, _Worst]] = {
    "quality": ("similarity.quality", min),
    "columns_passed": ("similarity.columns_passed", min),
    "auc_gap": ("utility.auc_gap", min),
    "r2_gap": ("utility.r2_gap", min),
    "detection_auc": ("detection.auc", max),
    "reidentification": ("leakage.reidentification", max),
    "exact_copies": ("privacy.exact_copies", max),
    "dcr_share": ("privacy.dcr_share", max),
}
"""Headline name → the score behind it, and which of several tables' values is the worst."""


def headline(report: EvaluationReport) -> dict[str, float | None]:
    """The headline numbers; of several tables, the worst. ``None`` where nothing was measured."""
    scores = headline_scores(report)
    return {name: scores[name].value if name in scores else None for name in HEADLINE}


def headline_scores(report: EvaluationReport) -> dict[str, Score]:
    """The scores behind the headline, by headline name; those that were not asked for are left
    out (a target's), those that could not be measured are there with their reason."""
    found = {}
    for name, (score, worst) in HEADLINE.items():
        candidates = [s for s in report.scores if s.name == score]
        measured = [s for s in candidates if s.value is not None]
        if measured:
            found[name] = worst(measured, key=_value)
        elif candidates:
            found[name] = candidates[0]
    return found


def histories_in_words(report: EvaluationReport) -> tuple[str, ...]:
    """How many figures of histories keep their limits, and the sentence of each that does not;
    empty where none was judged."""
    judged = [s for s in report.scores if _is_of_histories(s) and s.value is not None]
    if not judged:
        return ()
    failed = [s.sentence for s in judged if kept(s) is Kept.BEYOND]
    told = f"{len(judged) - len(failed)} of {len(judged)} figures of {_subject(report)}"
    end = "keep their limits; those that do not:" if failed else "keep their limits."
    return (f"{told} {end}", *failed)


def _subject(report: EvaluationReport) -> str:
    """What was followed: histories, or windows where there are too few of them."""
    cut = [log.windows for log in report.logs]
    return "windows of the series" if cut and all(cut) else "histories"


_SINGLE_COLUMNS = ("temporal.event_column", "temporal.attribute", "temporal.column_")
"""Figures that one of the whole table sums up."""


def _is_of_histories(score: Score) -> bool:
    summed_up = score.name.startswith(_SINGLE_COLUMNS)
    return score.name.startswith("temporal.") and not summed_up and score.threshold is not None


def _value(score: Score) -> float:
    assert score.value is not None
    return score.value
