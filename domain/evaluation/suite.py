"""The whole evaluation: real, held-out and synthetic tables in, one report out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pandas as pd

from domain.datasets.entities import Metadata, Tables
from domain.evaluation.association import association_scores
from domain.evaluation.attacks import attack_scores
from domain.evaluation.comparison import Comparison, compare
from domain.evaluation.detection import detection_scores
from domain.evaluation.headline import headline
from domain.evaluation.marginals import marginal_scores
from domain.evaluation.patience import patiently
from domain.evaluation.quality import quality_scores
from domain.evaluation.report import EvaluationReport, Score
from domain.evaluation.utility import utility_scores
from domain.kernel import BadInput, OnProgress

__all__ = ["evaluate", "headline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One measurement of one table."""

    note: str
    measure: Callable[[], tuple[Score, ...]]


def evaluate(
    train: Tables,
    holdout: Tables,
    synthetic: Tables,
    metadata: Metadata,
    *,
    target: str | None,
    seed: int,
    on_progress: OnProgress,
) -> EvaluationReport:
    """Measure how faithful, useful and safe ``synthetic`` is.

    ``holdout`` holds real rows that were never trained on and may be empty: then the twin is
    compared with the training rows and no baseline is known. The same tables and seed give the
    same report. Raises :class:`BadInput` when tables or columns are missing, or no table has
    ``target``.
    """
    comparisons = {
        name: compare(
            _table(train, name, "training"),
            holdout.get(name, pd.DataFrame()),
            _table(synthetic, name, "synthetic"),
            table,
            seed=seed,
            prefix="" if metadata.only_table else f"{name}/",
        )
        for name, table in metadata.tables.items()
    }
    target_table = metadata.table_with(target) if target else None
    steps = [
        step
        for name, comparison in comparisons.items()
        for step in _steps(comparison, target if name == target_table else None)
    ]
    return EvaluationReport(scores=tuple(_measured(steps, on_progress)))


def _table(tables: Tables, name: str, side: str) -> pd.DataFrame:
    if name not in tables:
        raise BadInput(f"The {side} tables lack “{name}”; evaluate datasets with the same tables.")
    return tables[name]


def _measured(steps: list[Step], on_progress: OnProgress) -> Iterator[Score]:
    for done, step in enumerate(steps):
        beat = partial(on_progress, done, len(steps), step.note)
        beat()
        yield from patiently(step.measure, beat)
    on_progress(len(steps), len(steps), "measured")


def _steps(comparison: Comparison, target: str | None) -> Iterator[Step]:
    if not comparison.columns or len(comparison.synthetic) == 0 or len(comparison.train) == 0:
        yield Step(note="nothing to compare", measure=partial(_not_comparable, comparison))
        return
    yield Step(note="comparing columns", measure=partial(marginal_scores, comparison))
    yield Step(note="comparing pairs", measure=partial(association_scores, comparison))
    yield Step(note="scoring quality", measure=partial(quality_scores, comparison))
    yield Step(note="telling rows apart", measure=partial(detection_scores, comparison))
    if target in comparison.columns:
        yield Step(
            note="training on both", measure=partial(utility_scores, comparison, str(target))
        )
    elif target:
        yield Step(note="no target", measure=partial(_no_target, comparison, target))
    yield Step(note="measuring distances", measure=partial(attack_scores, comparison))


def _not_comparable(comparison: Comparison) -> tuple[Score, ...]:
    reason = (
        "Not measured: the table has no column that carries statistics (only identifiers, free "
        "text or surrogates)."
        if not comparison.columns
        else "Not measured: one side of the comparison has no rows."
    )
    return (comparison.score("similarity.columns_passed", None, reason),)


def _no_target(comparison: Comparison, target: str) -> tuple[Score, ...]:
    reason = (
        f"Not measured: “{target}” is an identifier, free text or not in the twin, so no model "
        "can learn to predict it. Choose another target."
    )
    return (comparison.score("utility.auc_gap", None, reason, scope=f"column:{target}"),)
