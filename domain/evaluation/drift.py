"""Is this release of a dataset worse than the one before of its kind?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.evaluation.headline import headline_scores
from domain.evaluation.report import EvaluationReport, Score
from domain.evaluation.titles import figure, title


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A headline that is compared from release to release."""

    headline: tuple[str, ...]
    """Names of which a report has one."""
    worse: int
    """1 where more is worse, −1 where less is."""
    limit: float
    """A worsening beyond this is an alert."""


WATCHED: Mapping[str, Watched] = {
    "quality": Watched(headline=("quality",), worse=-1, limit=0.03),
    "detection_auc": Watched(headline=("detection_auc",), worse=1, limit=0.05),
    "utility": Watched(headline=("auc_gap", "r2_gap"), worse=-1, limit=0.03),
    "reidentification": Watched(headline=("reidentification",), worse=1, limit=0.05),
    "exact_copies": Watched(headline=("exact_copies",), worse=1, limit=0.005),
}

_SOURCE = "Compared with the evaluation of the dataset's last release; the limit is this product's"


def drift_scores(report: EvaluationReport, earlier: EvaluationReport) -> tuple[Score, ...]:
    """By how much every watched headline has worsened (0: not at all) since ``earlier``.

    Only what both reports measured, and a utility only on the same target.
    """
    return tuple(_drifts(headline_scores(report), headline_scores(earlier)))


def drifted(report: EvaluationReport) -> list[str]:
    """What has worsened past its limit since the last release."""
    return sorted({s.name for s in report.scores if s.name.startswith("drift.") and _alert(s)})


def _alert(score: Score) -> bool:
    return score.value is not None and score.value > (score.threshold or 0.0)


def _drifts(now: Mapping[str, Score], then: Mapping[str, Score]) -> Iterator[Score]:
    for name, watched in WATCHED.items():
        for headline in watched.headline:
            new, old = now.get(headline), then.get(headline)
            if new is None or old is None or new.value is None or old.value is None:
                continue
            if new.scope == old.scope:
                yield _score(name, watched, new, new.value, old.value)


def _score(name: str, watched: Watched, new: Score, value: float, earlier: float) -> Score:
    worsening = max(0.0, watched.worse * (value - earlier))
    return Score(
        name=f"drift.{name}",
        scope=new.scope,
        value=worsening,
        baseline=0.0,
        threshold=watched.limit,
        source=_SOURCE,
        sentence=(
            f"{title(new.name)} was {figure(new.name, earlier)} in the last release and is "
            f"{figure(new.name, value)} now. {_advice(worsening, watched.limit)}"
        ),
    )


def _advice(worsening: float, limit: float) -> str:
    if worsening > limit:
        return "Releases may not vary so much: find out what changed in the data or settings."
    return "Nothing to do."
