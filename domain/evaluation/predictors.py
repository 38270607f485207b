"""Models that learn a task from one side's rows and predict the held-out ones."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from domain.evaluation.boosting import boosted, leaned_on
from domain.evaluation.features import feature_matrices
from domain.evaluation.task import Task

Learn = Callable[[Task, pd.DataFrame, np.ndarray, pd.DataFrame], np.ndarray]
"""``learn(task, training rows, their truth, test rows)``: predictions of the test rows, a value
each, or one column of scores a class (0 for classes never seen)."""

_FIFTH = 0.2
_MIN_RARE = 25
"""Fewer rows of the rarer class set no threshold: a fifth of them would be a handful."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """What a model says of the test rows."""

    scores: np.ndarray
    """A value a row, or one column a class."""
    likeliest: np.ndarray
    """The class with the highest score; of numbers empty."""
    decided: np.ndarray
    """The class by the threshold that suits F1, of two classes; else :attr:`likeliest`."""


def predicted(
    learn: Learn,
    task: Task,
    training: tuple[pd.DataFrame, np.ndarray],
    test: pd.DataFrame,
    scores: np.ndarray | None = None,
) -> Predicted:
    """Teach a model ``training`` rows and let it predict ``test`` (``scores``: where it has).

    No class is weighted: weights move probabilities without ranking rows better. Of two classes
    the threshold is that of the best macro F1 on a fifth of the training rows, predicted by a
    model of the others; the test rows have no say in it.
    """
    rows, truth = training
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # categories unseen in training are expected here
        scores = learn(task, rows, truth, test) if scores is None else scores
        if not task.classes:
            empty = np.empty(0, int)
            return Predicted(scores=scores, likeliest=empty, decided=empty)
        likeliest = scores.argmax(axis=1)
        decided = likeliest
        if not task.several:
            decided = (scores[:, 1] >= _threshold(learn, task, rows, truth)).astype(int)
    return Predicted(scores=scores, likeliest=likeliest, decided=decided)


def _threshold(learn: Learn, task: Task, rows: pd.DataFrame, truth: np.ndarray) -> float:
    if np.bincount(truth, minlength=2).min() < _MIN_RARE:
        return 0.5
    kept, fifth = train_test_split(
        np.arange(len(truth)), test_size=_FIFTH, stratify=truth, random_state=task.comparison.seed
    )
    scores = learn(task, rows.iloc[kept], truth[kept], rows.iloc[fifth])[:, 1]
    return best_threshold(truth[fifth] == 1, scores)


def best_threshold(positive: np.ndarray, scores: np.ndarray) -> float:
    """The score above which calling rows positive gives the best macro F1: halfway between the
    last score that is called and the next, since another model's scores lie a little elsewhere."""
    order = np.argsort(-scores, kind="stable")
    called = np.arange(1, len(scores) + 1)
    found, positives = np.cumsum(positive[order]), int(positive.sum())
    missed = positives - found
    spared = len(scores) - called - missed
    f1 = found / (called + positives) + spared / (2 * len(scores) - called - positives)
    ranked = np.r_[scores[order], 0.0]
    last_of_its_score = ranked[1:] != ranked[:-1]
    best = int(np.where(last_of_its_score, f1, -1.0).argmax())
    return float((ranked[best] + ranked[best + 1]) / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Boosters:
    """Fitted gradient boosting: one model a class (of two classes and of numbers, one in all)."""

    models: Mapping[int, Any]
    features: np.ndarray
    """The test rows, in the columns that the training rows knew."""
    places: tuple[int, ...]
    """For each of them its place among the task's numeric, then categorical columns."""
    classes: int

    @property
    def leaned_on(self) -> frozenset[int]:
        """The columns of ``features`` that the models owe most to, each the few of its own."""
        return frozenset().union(*(leaned_on(model) for model in self.models.values()))

    def only(self, number: int) -> Boosters:
        """The model of one class alone."""
        return replace(self, models={n: m for n, m in self.models.items() if n == number})

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Values, or a column of scores a class."""
        if not self.classes:
            values: np.ndarray = self.models[0].predict(features)
            return values
        scores = np.zeros((len(features), self.classes))
        for number, model in self.models.items():
            scores[:, number] = model.predict_proba(features)[:, 1]
        if self.classes == 2:
            scores[:, 0] = 1 - scores[:, 1]
        return scores


def by_boosting(
    task: Task, rows: pd.DataFrame, truth: np.ndarray, test: pd.DataFrame
) -> np.ndarray:
    """Gradient boosting, which reads missing values and category codes as they are."""
    boosters = fitted_boosters(task, rows, truth, test)
    return boosters.predict(boosters.features)


def fitted_boosters(
    task: Task,
    rows: pd.DataFrame,
    truth: np.ndarray,
    test: pd.DataFrame,
    only: int | None = None,
) -> Boosters:
    """Of several classes a model a class (``only`` that one, if given).

    One model of all classes runs astray where one of them has a handful of rows (of 5,000 rows of
    forest cover, 17), and takes as many trees.
    """
    (x, judged), mask = feature_matrices([rows, test], task.numeric, task.categorical)
    known = np.flatnonzero(~np.isnan(x).all(axis=0))
    if not len(known):
        known, x, judged = np.array([0]), np.zeros_like(x), np.zeros_like(judged)
    x, judged, of_codes = x[:, known], judged[:, known], [mask[i] for i in known]
    models = {}
    for number, answers in _questions(task, truth, only).items():
        models[number], _ = boosted(
            x, answers, judged, of_codes, classify=bool(task.classes), seed=task.comparison.seed
        )
    return Boosters(models=models, features=judged, places=tuple(known), classes=len(task.classes))


def _questions(task: Task, truth: np.ndarray, only: int | None) -> dict[int, np.ndarray]:
    """What each model learns: the number itself, or for each class whether it is that."""
    if not task.classes:
        return {0: truth}
    asked = range(len(task.classes)) if task.several else (1,)
    numbers = asked if only is None else (only,)
    answers = {number: truth == number for number in numbers}
    return {n: a.astype(int) for n, a in answers.items() if 0 < a.sum() < len(a)}


def by_line(task: Task, rows: pd.DataFrame, truth: np.ndarray, test: pd.DataFrame) -> np.ndarray:
    """Logistic regression or ridge on standardised numbers and one-hot categories."""
    numbers = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="ignore", min_frequency=5)
    columns = ColumnTransformer(
        [("numeric", numbers, task.numeric), ("categorical", one_hot, task.categorical)]
    )
    model = make_pipeline(columns, LogisticRegression(max_iter=2000) if task.classes else Ridge())
    model.fit(rows, truth)
    if not task.classes:
        values: np.ndarray = model.predict(test)
        return values
    scores = np.zeros((len(test), len(task.classes)))
    scores[:, model.classes_] = model.predict_proba(test)
    return scores
