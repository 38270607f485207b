"""The few scores that lists and cards show. Light: pages import it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from domain.evaluation.report import EvaluationReport

_Worst = Callable[[Iterable[float]], float]

HEADLINE: Mapping[str, tuple[str, _Worst]] = {
    "quality": ("similarity.quality", min),
    "columns_passed": ("similarity.columns_passed", min),
    "auc_gap": ("utility.auc_gap", min),
    "r2_gap": ("utility.r2_gap", min),
    "detection_auc": ("detection.auc", max),
    "dcr_share": ("privacy.dcr_share", max),
}
"""Headline name → the score behind it, and which of several tables' values is the worst."""


def headline(report: EvaluationReport) -> dict[str, float | None]:
    """The headline numbers; of several tables, the worst. ``None`` where nothing was measured."""
    return {name: _worst(report, score, worst) for name, (score, worst) in HEADLINE.items()}


def _worst(report: EvaluationReport, name: str, worst: _Worst) -> float | None:
    values = [s.value for s in report.scores if s.name == name and s.value is not None]
    return worst(values) if values else None
