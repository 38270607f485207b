"""Quick figures of a twin, for comparing many: a second or two on 5,000 rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from domain.datasets.entities import TableMetadata
from domain.evaluation.column_test import column_tests
from domain.evaluation.comparison import Comparison, compare, drawn
from domain.evaluation.detection import detection_auc
from domain.evaluation.predictors import Predicted, by_boosting
from domain.evaluation.quality import sdmetrics_quality
from domain.evaluation.task import MIN_ROWS, Task, chosen_task, task_for
from domain.evaluation.task_metrics import metrics_of
from domain.evaluation.two_way import drawn_pairs, two_way_distances
from domain.evaluation.utility_goal import Measure
from domain.kernel import BadInput

MOST_ROWS = 5_000
"""Rows of each side that figures are computed on; more make them slower, not truer."""


@dataclass(frozen=True)
class TrialJudge:
    """What every trial is measured against: rows to learn from and rows to be judged by."""

    train: pd.DataFrame
    held_out: pd.DataFrame
    table: TableMetadata
    measures: tuple[Measure, ...]
    target: str | None
    seed: int

    def figures(self, twin: pd.DataFrame) -> dict[Measure, float]:
        """Every measure of the twin's rows."""
        sides = self._compared(twin)
        return {measure: _MEASURED[measure](self, sides) for measure in self.measures}

    def baseline(self) -> dict[Measure, float]:
        """Every measure of the rows to learn from, in the place of a twin's."""
        return self.figures(self.train)

    def check(self) -> None:
        """Refuse at once what no trial could be measured by; raises :class:`BadInput`."""
        if min(len(self.train), len(self.held_out)) < MIN_ROWS:
            raise BadInput(f"Tuning takes at least {2 * MIN_ROWS} rows; bring more of them.")
        if Measure.GAP in self.measures:
            self._real  # noqa: B018 - computed now, kept for every trial

    def _compared(self, twin: pd.DataFrame) -> Comparison:
        sides = (self.train, self.held_out, twin)
        train, held_out, drawn_twin = (drawn(side, MOST_ROWS, self.seed) for side in sides)
        return compare(train, held_out, drawn_twin, self.table, seed=self.seed, unseen=False)

    @cached_property
    def _real(self) -> tuple[Task, float]:
        """The task, and what a model reaches that learned it from real rows."""
        comparison = self._compared(self.train)
        task = self._task(comparison)
        if task is None or task.unfit or not (task.numeric or task.categorical):
            raise BadInput(
                "The goal “gap” needs a column that models can predict from the others; name one "
                "with a target."
            )
        return task, _reached(task, comparison.train)

    def _task(self, comparison: Comparison) -> Task | None:
        if self.target is None:
            return chosen_task(comparison)
        if self.target not in comparison.columns:
            raise BadInput(f"The target “{self.target}” is no column that can be compared.")
        return task_for(comparison, self.target)

    def gap(self, sides: Comparison) -> float:
        """How much less a model reaches on held-out rows that learned from the twin."""
        task, real = self._real
        return real - _reached(replace(task, comparison=sides), sides.synthetic)


def _reached(task: Task, teacher: pd.DataFrame) -> float:
    """AUC (of numbers: R²) of gradient boosting; what guessing reaches, where nothing is taught."""
    rows, truth = task.labelled(teacher)
    test, wanted = task.labelled(task.comparison.reference)
    leading = metrics_of(task, wanted)[0]
    if len(np.unique(truth)) < 2:
        return leading.blind(wanted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # categories that the teacher lacks are expected here
        scores = by_boosting(task, rows, truth, test)
    none = np.empty(0, int)
    said = Predicted(scores=scores, likeliest=none, decided=none)
    value = float(leading.measure(wanted, said, np.ones((len(wanted), 1)))[0])
    return value if np.isfinite(value) else leading.blind(wanted)


def _columns(judge: TrialJudge, sides: Comparison) -> float:
    tests = column_tests(sides, sides.reference, sides.synthetic)
    return 1 - float(np.mean([test.distance for test in tests.values()]))


def _pairs(judge: TrialJudge, sides: Comparison) -> float:
    pairs = drawn_pairs(sides.columns, judge.seed)
    if not pairs:
        raise BadInput("The goal “pairs” needs two columns that can be compared.")
    (distances,) = two_way_distances([sides.reference, sides.synthetic], sides, pairs)
    return 1 - float(distances.mean())


def _quality(judge: TrialJudge, sides: Comparison) -> float:
    found = sdmetrics_quality(sides, sides.reference, sides.synthetic)
    if found is None:
        raise BadInput("SDMetrics cannot compute a quality for these rows; choose another goal.")
    return found


def _detection(judge: TrialJudge, sides: Comparison) -> float:
    return detection_auc(sides, sides.reference, sides.synthetic)


_MEASURED: Mapping[Measure, Callable[[TrialJudge, Comparison], float]] = {
    Measure.GAP: TrialJudge.gap,
    Measure.COLUMNS: _columns,
    Measure.PAIRS: _pairs,
    Measure.QUALITY: _quality,
    Measure.DETECTION: _detection,
}


def measures_of(wanted: Sequence[Measure]) -> tuple[Measure, ...]:
    """Those of the goals, and the quick ones that tell more of the same trials for nothing."""
    return tuple(dict.fromkeys((*wanted, Measure.COLUMNS, Measure.PAIRS)))
