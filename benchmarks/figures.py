"""What is said of a twin: the few figures that rank synthesizers, by the product's evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from statistics import mean, median

import pandas as pd

from domain.datasets.entities import Metadata
from domain.evaluation.comparison import compare
from domain.evaluation.detection import MIN_ROWS, detection_auc
from domain.evaluation.headline import HEADLINE
from domain.evaluation.patience import patiently
from domain.evaluation.report import EvaluationReport, Score
from domain.evaluation.spec import EvaluationSpec
from domain.evaluation.suite import evaluate
from domain.kernel import no_progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """``None`` where it cannot be measured."""

    columns_passed: float | None = None
    """Share of columns that a test does not tell from held-out real rows."""
    quality: float | None = None
    """SDMetrics' score, 0 to 1."""
    gap: float | None = None
    """AUC (R² for a number) of a model trained on the twin, less that of one trained on real."""
    detection: float | None = None
    """AUC of a classifier that looks for synthetic rows among held-out ones; one half is best."""
    dcr_share: float | None = None
    """Share of rows nearer to a training than to a held-out row; one half is best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A twin's figures, and those of the training rows in its place."""

    twin: Figures
    real: Figures


def measure(
    train: pd.DataFrame,
    holdout: pd.DataFrame,
    twin: pd.DataFrame,
    metadata: Metadata,
    *,
    target: str | None,
    seed: int = 0,
    classifiers: int = 1,
) -> Measured:
    """Evaluate one typed twin of the only table of ``metadata``.

    The detection AUC is the mean over ``classifiers`` seeds: where the classifier stops early,
    a single one moves by some hundredths.
    """
    name = metadata.only_table
    assert name is not None
    report = evaluate(
        {name: train},
        {name: holdout},
        {name: twin},
        metadata,
        asked=EvaluationSpec(target=target),
        seed=seed,
        on_progress=no_progress,
    )
    found = measured_in(report)
    more = [
        _told_apart(train, holdout, twin, metadata, seed + place)
        for place in range(1, classifiers)
        if min(len(holdout), len(twin)) >= MIN_ROWS
    ]
    return Measured(twin=_with_detections(found.twin, more), real=found.real)


def measured_in(report: EvaluationReport) -> Measured:
    """The figures of a report of one table."""
    gap = "auc_gap" if _score(report, "auc_gap") else "r2_gap"
    names = {"gap": gap, "detection": "detection_auc"}
    scores = {f.name: _score(report, names.get(f.name, f.name)) for f in fields(Figures)}
    return Measured(
        twin=Figures(**{name: s.value if s else None for name, s in scores.items()}),
        real=Figures(**{name: s.baseline if s else None for name, s in scores.items()}),
    )


def median_figures(several: Sequence[Figures]) -> Figures:
    """Figure by figure, the median of those that were measured."""
    return Figures(
        **{f.name: median_of([getattr(one, f.name) for one in several]) for f in fields(Figures)}
    )


def median_of(values: Sequence[float | None]) -> float | None:
    """The median of the known values; ``None`` when there is none."""
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _score(report: EvaluationReport, name: str) -> Score | None:
    wanted, _ = HEADLINE[name]
    return next((s for s in report.scores if s.name == wanted), None)


def _told_apart(
    train: pd.DataFrame,
    holdout: pd.DataFrame,
    twin: pd.DataFrame,
    metadata: Metadata,
    seed: int,
) -> float:
    table = next(iter(metadata.tables.values()))
    sides = compare(train, holdout, twin, table, seed=seed)
    work = partial(detection_auc, sides, sides.reference, sides.synthetic)
    return patiently(work, lambda: None)


def _with_detections(figures: Figures, more: Sequence[float]) -> Figures:
    if figures.detection is None or not more:
        return figures
    return replace(figures, detection=mean([figures.detection, *more]))
