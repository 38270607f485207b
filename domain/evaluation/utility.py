"""Is the twin as useful for learning? Train on synthetic, test on real, against real on real."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from domain.evaluation.bootstrap import drawn_again, interval95, plain
from domain.evaluation.comparison import Comparison
from domain.evaluation.importances import importance_scores
from domain.evaluation.predictors import (
    Boosters,
    Predicted,
    by_boosting,
    by_line,
    fitted_boosters,
    predicted,
)
from domain.evaluation.report import Score
from domain.evaluation.spec import TaskKind
from domain.evaluation.task import MIN_ROWS, Task, chosen_task, task_for
from domain.evaluation.task_metrics import Metric, metrics_of
from domain.evaluation.utility_wording import (
    NO_HOLDOUT,
    advice,
    change_sentence,
    context,
    gap_sentence,
    no_change_sentence,
    quality_sentence,
    share_of_real,
)

_SOURCE = "Train on synthetic, test on real (Esteban et al. 2017)"
_GAP_SOURCE = f"{_SOURCE}; paired stratified bootstrap (Efron & Tibshirani 1993)"
_LIMIT_SOURCE = f"{_GAP_SOURCE}; the limit is this product's"

_TELLING = ("auc", "macro_auc", "r2")

_NO_TASK = (
    "Not measured: of this table's columns none can be predicted from the others beyond chance "
    "without being a copy of one. Name a target if you have a task in mind."
)


def utility_scores(
    comparison: Comparison, target: str | None, kind: TaskKind = TaskKind.AUTO
) -> tuple[Score, ...]:
    """How well models trained on synthetic rows predict real ones, and what that costs.

    For gradient boosting and a linear model each measure of the task, its gap to real training
    and the gap in shares of the real model's; then whether both models look at the same columns.
    ``target`` must be among the compared columns; ``None`` has one chosen.
    """
    task = chosen_task(comparison, kind) if target is None else task_for(comparison, target, kind)
    if task is None:
        return (comparison.score("utility.auc_gap", None, _NO_TASK, source=_SOURCE),)
    reason = task.unfit or _obstacle(task)
    if reason:
        name = "utility.auc_gap" if task.classes else "utility.r2_gap"
        scope = f"column:{task.target}"
        return (comparison.score(name, None, reason, scope=scope, source=_SOURCE),)
    boosters = _taught(task)
    said = {"": _by_boosting(task, boosters), "_linear": _by_line(task)}
    scores = [s for suffix, of_model in said.items() for s in _model_scores(task, suffix, of_model)]
    first = replace(scores[0], sentence=scores[0].sentence + context(task))
    return (first, *scores[1:], *importance_scores(task, boosters))


def _teachers(task: Task) -> tuple[pd.DataFrame, ...]:
    """The synthetic rows and, where there is a holdout to be tested on, the training rows."""
    sides = task.comparison
    return (sides.synthetic, sides.train) if sides.has_holdout else (sides.synthetic,)


def _taught(task: Task) -> tuple[Boosters, ...]:
    """Gradient boosting, taught by each teacher."""
    test, _ = task.labelled(task.comparison.reference)
    return tuple(fitted_boosters(task, *task.labelled(rows), test) for rows in _teachers(task))


def _by_boosting(task: Task, boosters: Sequence[Boosters]) -> list[Predicted]:
    test, _ = task.labelled(task.comparison.reference)
    return [
        predicted(by_boosting, task, task.labelled(rows), test, model.predict(model.features))
        for rows, model in zip(_teachers(task), boosters, strict=True)
    ]


def _by_line(task: Task) -> list[Predicted]:
    test, _ = task.labelled(task.comparison.reference)
    return [predicted(by_line, task, task.labelled(rows), test) for rows in _teachers(task)]


def _obstacle(task: Task) -> str:
    """Why the task cannot be measured, or the empty string."""
    comparison = task.comparison
    if not task.numeric and not task.categorical:
        return f"Not measured: there is no column to predict “{task.target}” from."
    for words, frame in (
        ("synthetic", comparison.synthetic),
        ("training", comparison.train),
        (comparison.against, comparison.reference),
    ):
        rows, truth = task.labelled(frame)
        if len(rows) < MIN_ROWS:
            return (
                f"Not measured: fewer than {MIN_ROWS} {words} rows have a value in “{task.target}”."
            )
        if len(np.unique(truth)) < 2:
            return (
                f"Not measured: “{task.target}” has a single value in the {words} rows, so "
                "there is nothing to predict."
            )
    if task.classes and np.sort(np.bincount(truth))[-2] < MIN_ROWS:
        return (
            f"Too few to tell: all but one class of “{task.target}” have fewer than {MIN_ROWS} "
            f"rows each among the {comparison.against}. Bring more of them, or choose another "
            "target."
        )
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """One measure of one model, taught by both sides."""

    task: Task
    metric: Metric
    suffix: str
    blind: float
    values: np.ndarray
    """Of the synthetic-trained model, then (with a holdout) of the real-trained one."""
    draws: np.ndarray
    """The same on resampled test rows (sides × draws)."""
    learnable: bool
    """Whether the model that real rows taught surely beats guessing."""

    @property
    def name(self) -> str:
        return f"utility.{self.metric.name}{self.suffix}"

    @property
    def has_real(self) -> bool:
        return len(self.values) == 2

    def score(
        self,
        ending: str,
        value: float | None,
        sentence: str,
        *,
        interval: tuple[float, float] | None = None,
        baseline: float | None = None,
        threshold: float | None = None,
        source: str = _SOURCE,
    ) -> Score:
        return self.task.comparison.score(
            f"{self.name}{ending}",
            value,
            sentence,
            scope=f"column:{self.task.target}",
            interval=interval,
            baseline=baseline,
            threshold=threshold,
            source=source,
        )


def _model_scores(task: Task, suffix: str, said: Sequence[Predicted]) -> Iterator[Score]:
    for outcome in _outcomes(task, suffix, said):
        yield _quality_score(outcome)
        yield from _cost_scores(outcome)


def _outcomes(task: Task, suffix: str, said: Sequence[Predicted]) -> Iterator[_Outcome]:
    """What one model reaches in every measure, taught by synthetic and by real rows."""
    _, truth = task.labelled(task.comparison.reference)
    metrics = metrics_of(task, truth)

    def measure(counts: np.ndarray) -> np.ndarray:
        return _all_measured(metrics, truth, said, counts)

    groups = truth if task.classes else np.zeros(len(truth), int)
    values = plain(measure, len(truth))
    draws = drawn_again(measure, groups, task.comparison.seed)
    learnable = _learnable(metrics, truth, draws[:, -1])
    for place, metric in enumerate(metrics):
        yield _Outcome(
            task=task,
            metric=metric,
            suffix=suffix,
            blind=metric.blind(truth),
            values=values[place],
            draws=draws[place],
            learnable=learnable,
        )


def _learnable(metrics: Sequence[Metric], truth: np.ndarray, real: np.ndarray) -> bool:
    """Whether an AUC or R² of the real-trained model lies surely above what guessing reaches.

    ``real`` are its measures on resampled test rows (measures × draws). The other measures are
    silent here: of a rare class a useful model may have no more accuracy than guessing.
    """
    return any(
        interval is not None and interval[0] > metric.blind(truth)
        for metric, draws in zip(metrics, real, strict=True)
        if metric.name in _TELLING
        for interval in (interval95(draws),)
    )


def _all_measured(
    metrics: Sequence[Metric], truth: np.ndarray, said: Sequence[Predicted], counts: np.ndarray
) -> np.ndarray:
    """Measures × teachers × draws."""
    return np.array([[m.measure(truth, each, counts) for each in said] for m in metrics])


def _quality_score(outcome: _Outcome) -> Score:
    value = float(outcome.values[0])
    real = float(outcome.values[1]) if outcome.has_real else None
    return outcome.score(
        "",
        value,
        quality_sentence(outcome.task, outcome.metric, outcome.suffix, value, real, outcome.blind),
        interval=interval95(outcome.draws[0]),
        baseline=real,
        source=_SOURCE if real is None else _GAP_SOURCE,
    )


def _cost_scores(outcome: _Outcome) -> tuple[Score, ...]:
    """The difference to real training, plain and in shares of what real training reaches."""
    if not outcome.has_real:
        return (outcome.score("_gap", None, NO_HOLDOUT),)
    synthetic, real = (float(v) for v in outcome.values)
    gap, gaps = synthetic - real, outcome.draws[0] - outcome.draws[1]
    change = gap / real if real > 0 else None
    with np.errstate(invalid="ignore", divide="ignore"):
        changes = np.where(outcome.draws[1] > 0, gaps / outcome.draws[1], np.nan)
    return (
        _gap_score(outcome, gap, interval95(gaps), change),
        _change_score(outcome, gap, interval95(gaps), change, interval95(changes)),
    )


def _gap_score(
    outcome: _Outcome, gap: float, interval: tuple[float, float] | None, change: float | None
) -> Score:
    metric = outcome.metric
    limit = metric.limit * float(outcome.values[1]) if metric.is_error else metric.limit
    words = gap_sentence(outcome.task, metric, outcome.suffix, gap, interval, share_of_real(change))
    return outcome.score(
        "_gap",
        gap,
        words + _advice(outcome, gap, interval, limit),
        interval=interval,
        baseline=0.0,
        threshold=limit,
        source=_LIMIT_SOURCE,
    )


def _change_score(
    outcome: _Outcome,
    gap: float,
    gaps: tuple[float, float] | None,
    change: float | None,
    interval: tuple[float, float] | None,
) -> Score:
    """The change is judged as the gap is, so that the two never disagree."""
    metric, real = outcome.metric, float(outcome.values[1])
    if change is None:
        return outcome.score("_change", None, no_change_sentence(outcome.task, metric))
    limit = metric.limit * real if metric.is_error else metric.limit
    words = change_sentence(outcome.task, metric, outcome.suffix, change, interval)
    return outcome.score(
        "_change",
        change,
        words + _advice(outcome, gap, gaps, limit),
        interval=interval,
        baseline=0.0,
        threshold=limit / real,
        source=_LIMIT_SOURCE,
    )


def _advice(
    outcome: _Outcome, gap: float, interval: tuple[float, float] | None, limit: float
) -> str:
    """Of an error more is worse, so that its signs are turned."""
    learnable = outcome.learnable
    if not outcome.metric.is_error:
        return advice(gap, interval, limit, learnable=learnable)
    turned = (-interval[1], -interval[0]) if interval is not None else None
    return advice(-gap, turned, -limit, learnable=learnable)
