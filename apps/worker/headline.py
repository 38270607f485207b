"""The result in words, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from apps.worker.foreground import Result

_HEADLINES = (
    "similarity.quality",
    "similarity.columns_passed",
    "utility.auc_gap",
    "utility.r2_gap",
    "detection.auc",
    "privacy.dcr_share",
)


def sentences(result: Result) -> Iterator[str]:
    """What was made, where it is, and what the scores say."""
    seconds = sum(
        result.timings.get(s, 0.0) for s in ("read", "profile", "fit", "sample", "evaluate", "pack")
    )
    yield f"Wrote {', '.join(result.files)} to {result.out} in {seconds:.0f} seconds."
    if result.report is None:
        return
    for score in result.report.scores:
        if score.name in _HEADLINES and score.scope.rpartition("/")[2] == "table":
            yield f"  · {score.sentence}"
