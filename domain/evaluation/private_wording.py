"""What helps a twin under differential privacy: steps are fixed there, or more of them mean more
noise, so that no advice to train longer holds."""

from __future__ import annotations

import re
from dataclasses import replace

from domain.evaluation.report import EvaluationReport, Score
from domain.evaluation.verdict import NO_ATTACK

_BOUNDED = "No attack could be made: what it tells about single people is bounded by ε alone."
"""What is known of a private twin where nothing could be measured."""

_LONGER = re.compile(r"\b([Tt])rain longer(?:,? or on (more \w+|a longer \w+))?")


def privately_worded(report: EvaluationReport) -> EvaluationReport:
    """``report`` with advice that holds for a private run."""
    return replace(
        report,
        scores=tuple(_advised(score) for score in report.scores),
        reasons=tuple(_private(reason) for reason in report.reasons),
    )


def _advised(score: Score) -> Score:
    return replace(score, sentence=_private(score.sentence))


def _private(sentence: str) -> str:
    return _LONGER.sub(_instead, sentence.replace(NO_ATTACK, _BOUNDED))


def _instead(found: re.Match[str]) -> str:
    more = found[2] or "more rows"
    return f"{'A' if found[1] == 'T' else 'a'}llow a larger ε or bring {more}"
