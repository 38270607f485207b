"""What a report says about copies of training rows. Light: cards are written from it."""

from __future__ import annotations

from domain.evaluation.report import EvaluationReport, Score


def beyond_limit(score: Score) -> bool:
    """Whether the value lies above its limit; for copies, above what chance explains at 5 %."""
    return score.value is not None and score.threshold is not None and score.value > score.threshold


def worst_copies(report: EvaluationReport | None) -> Score | None:
    """The copies score that weighs most, of several tables: one beyond chance, else the largest.

    ``None`` where copies were not measured.
    """
    measured = [
        s
        for s in (report.scores if report else ())
        if s.name == "privacy.exact_copies" and s.value is not None
    ]
    return max(measured, key=lambda s: (beyond_limit(s), s.value or 0.0), default=None)


def crowding(report: EvaluationReport | None) -> Score | None:
    """The nearest-row share that is above its limit and surely above one half, if there is one."""
    found = [
        s
        for s in (report.scores if report else ())
        if s.name == "privacy.dcr_share"
        and beyond_limit(s)
        and s.interval is not None
        and s.interval[0] > 0.5
    ]
    return max(found, key=lambda s: s.value or 0.0, default=None)
