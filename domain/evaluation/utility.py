"""Is the twin as useful for learning? Train on synthetic, test on real, against real on real."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from domain.evaluation.boosting import boosted
from domain.evaluation.comparison import MISSING, Comparison
from domain.evaluation.features import feature_matrices
from domain.evaluation.ranking import auc, macro_auc
from domain.evaluation.report import Score
from domain.evaluation.titles import figure

GAP_LIMIT = -0.03
"""A twin whose model loses no more than this is as good as real for most work."""

MAX_CLASSES = 20
"""Rarer classes of the target count as one."""

FEW_VALUES = 10
"""A numeric target with no more distinct training values is predicted as classes."""

MIN_ROWS = 10
_RESAMPLES = 100

_SOURCE = "Train on synthetic, test on real (Esteban et al. 2017)"

Predict = Callable[[pd.DataFrame, np.ndarray, pd.DataFrame], np.ndarray]
"""``predict(training features, training target, test features)``: scores of the test rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is predicted, from what, and how well that went is told."""

    comparison: Comparison
    target: str
    classes: tuple[str, ...]
    """Class names in order, the last one standing for all rarer ones; empty for a number."""
    told: int = 1
    """The class whose AUC against the rest is told: of several the commonest to be tested on."""
    every_class: bool = False
    """Whether the mean over all classes is told instead."""

    @property
    def metric(self) -> str:
        if not self.classes:
            return "r2"
        return "macro_auc" if self.every_class else "auc"

    @property
    def several(self) -> bool:
        return len(self.classes) > 2

    @property
    def asked(self) -> str:
        """What is predicted, in words."""
        if self.every_class:
            return f"“{self.target}” (each class against the rest, on average)"
        if self.several:
            return f"“{self.target}” (its commonest class against the rest)"
        return f"“{self.target}”"

    @property
    def numeric(self) -> list[str]:
        return [c for c in self.comparison.numeric if c != self.target]

    @property
    def categorical(self) -> list[str]:
        return [c for c in self.comparison.categorical if c != self.target]

    def labelled(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
        """The rows whose target is known, and their target (class numbers or values)."""
        column = frame[self.target]
        known = column.notna() if column.dtype.kind == "f" else column != MISSING
        rows = frame[known]
        if not self.classes:
            return rows, rows[self.target].to_numpy(float)
        order = {name: i for i, name in enumerate(self.classes)}
        words = rows[self.target].astype(str)
        return rows, words.map(order).fillna(len(order) - 1).to_numpy(int)

    def quality(self, truth: np.ndarray, predicted: np.ndarray) -> float:
        """AUC or R² of predictions."""
        if self.every_class:
            return macro_auc(truth, predicted)
        if self.classes:
            return auc(truth == self.told, predicted[:, self.told])
        return float(r2_score(truth, predicted)) if np.ptp(truth) > 0 else float("nan")


def task_for(comparison: Comparison, target: str) -> Task:
    """Decide whether ``target`` is predicted as classes or as a number."""
    column = comparison.train[target]
    if target in comparison.numeric:
        values = column.dropna()
        if values.nunique() > FEW_VALUES:
            return Task(comparison=comparison, target=target, classes=())
    else:
        values = column[column != MISSING]
    names = list(values.astype(str).value_counts().index[:MAX_CLASSES])
    task = Task(comparison=comparison, target=target, classes=tuple(names))
    _, truth = task.labelled(comparison.reference)
    return replace(task, told=int(np.bincount(truth).argmax())) if task.several else task


def utility_scores(comparison: Comparison, target: str) -> tuple[Score, ...]:
    """How well models trained on synthetic rows predict real ones, and the gap to real training.

    Needs ``target`` among the compared columns of this table.
    """
    task = task_for(comparison, target)
    reason = _obstacle(task)
    if reason:
        return (
            comparison.score(f"utility.{task.metric}_gap", None, reason, scope=f"column:{target}"),
        )
    return (
        *_model_scores(task, "", _boosted(task)),
        *_model_scores(task, "_linear", _linear(task)),
    )


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
    return ""


def _boosted(task: Task) -> Predict:
    """Gradient boosting, which reads missing values and category codes as they are."""

    def predict(train: pd.DataFrame, truth: np.ndarray, test: pd.DataFrame) -> np.ndarray:
        (x, judged), mask = feature_matrices([train, test], task.numeric, task.categorical)
        if task.several:
            return _one_against_rest(task, x, truth, judged, mask)
        model, features = boosted(
            x, truth, judged, mask, classify=bool(task.classes), seed=task.comparison.seed
        )
        return _predictions(model, features, len(task.classes))

    return predict


def _one_against_rest(
    task: Task, x: np.ndarray, truth: np.ndarray, judged: np.ndarray, mask: list[bool]
) -> np.ndarray:
    """A model a class. One model of all classes runs astray where one of them has a handful of
    rows (of 5,000 rows of forest cover, 17), and takes as many trees."""
    scores = np.zeros((len(judged), len(task.classes)))
    for number in range(len(task.classes)):
        if 0 < (truth == number).sum() < len(truth):
            model, features = boosted(
                x, truth == number, judged, mask, classify=True, seed=task.comparison.seed
            )
            scores[:, number] = model.predict_proba(features)[:, 1]
    return scores


def _linear(task: Task) -> Predict:
    """Logistic regression or ridge on standardised numbers and one-hot categories."""

    def predict(train: pd.DataFrame, truth: np.ndarray, test: pd.DataFrame) -> np.ndarray:
        numbers = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
        one_hot = OneHotEncoder(handle_unknown="ignore", min_frequency=5)
        columns = ColumnTransformer(
            [("numeric", numbers, task.numeric), ("categorical", one_hot, task.categorical)]
        )
        model = make_pipeline(
            columns, LogisticRegression(max_iter=2000) if task.classes else Ridge()
        )
        return _predictions(model.fit(train, truth), test, len(task.classes))

    return predict


def _predictions(model: Any, features: Any, classes: int) -> np.ndarray:
    """Predicted values, or one column of probability a class (0 for classes never seen)."""
    if not classes:
        predicted: np.ndarray = model.predict(features)
        return predicted
    scores = np.zeros((len(features), classes))
    scores[:, model.classes_] = model.predict_proba(features)
    return scores


def _model_scores(task: Task, suffix: str, predict: Predict) -> tuple[Score, ...]:
    """The quality of synthetic-trained models with the real-trained baseline, and the gap; for
    several classes of the commonest one, then on average."""
    comparison = task.comparison
    test, truth = task.labelled(comparison.reference)
    synthetic = _fitted(predict, task.labelled(comparison.synthetic), test)
    real = (
        _fitted(predict, task.labelled(comparison.train), test) if comparison.has_holdout else None
    )
    tasks = (task, replace(task, every_class=True)) if task.several else (task,)
    return tuple(
        score for asked in tasks for score in _compared(asked, suffix, truth, synthetic, real)
    )


def _compared(
    task: Task, suffix: str, truth: np.ndarray, synthetic: np.ndarray, real: np.ndarray | None
) -> tuple[Score, Score]:
    value = task.quality(truth, synthetic)
    baseline = task.quality(truth, real) if real is not None else None
    return (
        _quality_score(task, suffix, value, baseline),
        _gap_score(task, suffix, _gap(task, truth, synthetic, real)),
    )


def _fitted(
    predict: Predict, training: tuple[pd.DataFrame, np.ndarray], test: pd.DataFrame
) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # categories unseen in training are expected here
        return predict(*training, test)


def _gap(
    task: Task, truth: np.ndarray, synthetic: np.ndarray, real: np.ndarray | None
) -> tuple[float, tuple[float, float]] | None:
    """Synthetic minus real quality, with a 95 % interval from resampled test rows."""
    if real is None:
        return None
    rng = np.random.default_rng(task.comparison.seed)
    draws = [rng.integers(0, len(truth), len(truth)) for _ in range(_RESAMPLES)]
    gaps = [task.quality(truth[d], synthetic[d]) - task.quality(truth[d], real[d]) for d in draws]
    known = [g for g in gaps if np.isfinite(g)]
    low, high = np.quantile(known, [0.025, 0.975]) if known else (np.nan, np.nan)
    gap = task.quality(truth, synthetic) - task.quality(truth, real)
    return gap, (float(low), float(high))


_MODELS = {"": "gradient boosting", "_linear": "a linear model"}


def _quality_score(task: Task, suffix: str, value: float, baseline: float | None) -> Score:
    name = "AUC" if task.classes else "R²"
    real = (
        f"trained on real rows it reaches {baseline:.3f}"
        if baseline is not None
        else "it was tested on the training rows, for want of a holdout"
    )
    return task.comparison.score(
        f"utility.{task.metric}{suffix}",
        value,
        f"Trained on synthetic rows, {_MODELS[suffix]} predicts {task.asked} of the "
        f"{task.comparison.against} with {name} {value:.3f}; {real}.",
        scope=f"column:{task.target}",
        baseline=baseline,
        source=_SOURCE,
    )


def _gap_score(task: Task, suffix: str, gap: tuple[float, tuple[float, float]] | None) -> Score:
    name, scope = f"utility.{task.metric}{suffix}_gap", f"column:{task.target}"
    if gap is None:
        reason = "Not measured: real training needs a holdout to be tested on."
        return task.comparison.score(name, None, reason, scope=scope, source=_SOURCE)
    value, interval = gap
    kind = "AUC" if task.classes else "R²"
    return task.comparison.score(
        name,
        value,
        f"Learning {task.asked} from synthetic instead of real rows changes "
        f"{kind} by {figure(name, value)} with {_MODELS[suffix]} "
        f"(95 %: {figure(name, interval[0])} to {figure(name, interval[1])}). "
        f"{_advice(value, interval)}",
        scope=scope,
        interval=interval,
        baseline=0.0,
        threshold=GAP_LIMIT,
        source=f"{_SOURCE}; the limit is this product's",
    )


def _advice(value: float, interval: tuple[float, float]) -> str:
    """What a gap means, as far as the rows it was tested on can tell."""
    if interval[1] < GAP_LIMIT:
        return "Models lose noticeably on the twin: train longer or use another synthesizer."
    if value >= GAP_LIMIT:
        return "The twin can stand in for the real rows in this task."
    return "The held-out rows are too few to tell whether that is chance: bring more of them."
