"""The few scores that lists and cards show. Light: pages import it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

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


def _value(score: Score) -> float:
    assert score.value is not None
    return score.value
