"""What a utility test predicts, and from what: the task, named by a person or chosen here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.metrics import r2_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from domain.evaluation.comparison import MISSING, Comparison, drawn
from domain.evaluation.features import feature_matrices
from domain.evaluation.ranking import macro_auc
from domain.evaluation.spec import TaskKind

MAX_CLASSES = 20
"""Rarer classes of the target count as one."""

FEW_VALUES = 10
"""A numeric target with no more distinct training values is predicted as classes."""

MIN_ROWS = 10
"""Rows of each side, and held-out rows of either answer, that a test needs."""

_TRIED_ROWS = 2_000
_TRIED_COLUMNS = 40
_LEAST_CLASS = 20
_LEARNABLE = (0.1, 0.95)
"""What a chosen column may be predicted at: below there is nothing to learn, above it is nearly
a copy of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One column to be predicted from all others."""

    comparison: Comparison
    target: str
    classes: tuple[str, ...]
    """Class names, the commonest first and the last standing for all rarer ones; empty for a
    number."""
    told: int = 1
    """The class whose AUC against the rest is told: the rarer of two, of several the commonest."""
    chosen: bool = False
    """Whether nobody named the target."""
    unfit: str = ""
    """Why the target cannot be predicted in the way that was asked for."""

    @property
    def several(self) -> bool:
        return len(self.classes) > 2

    @property
    def numeric(self) -> list[str]:
        """The numeric columns to predict from."""
        return [c for c in self.comparison.numeric if c != self.target]

    @property
    def categorical(self) -> list[str]:
        """The categorical columns to predict from."""
        return [c for c in self.comparison.categorical if c != self.target]

    def labelled(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
        """The rows whose target is known, and their target (class numbers or values)."""
        rows = frame[_known(frame[self.target])]
        if not self.classes:
            return rows, rows[self.target].to_numpy(float)
        order = {name: i for i, name in enumerate(self.classes)}
        words = rows[self.target].astype(str)
        return rows, words.map(order).fillna(len(order) - 1).to_numpy(int)


def task_for(comparison: Comparison, target: str, kind: TaskKind = TaskKind.AUTO) -> Task:
    """How ``target`` is predicted: as classes or as a number, as asked or by its values."""
    column = comparison.train[target]
    values = column[_known(column)]
    is_number = target in comparison.numeric
    if kind is TaskKind.REGRESSION and not is_number:
        return Task(
            comparison=comparison,
            target=target,
            classes=(),
            unfit=f"Not measured: “{target}” is no number; ask for a classification instead.",
        )
    if values.empty:
        return Task(comparison=comparison, target=target, classes=(), unfit=_EMPTY.format(target))
    many = values.nunique() > FEW_VALUES
    if is_number and (kind is TaskKind.REGRESSION or (kind is TaskKind.AUTO and many)):
        return Task(comparison=comparison, target=target, classes=())
    names = list(values.astype(str).value_counts().index[:MAX_CLASSES])
    task = Task(comparison=comparison, target=target, classes=tuple(names))
    _, truth = task.labelled(comparison.reference)
    if not task.several or not len(truth):
        return task
    return replace(task, told=int(np.bincount(truth).argmax()))


def chosen_task(comparison: Comparison, kind: TaskKind = TaskKind.AUTO) -> Task | None:
    """A task for a table whose target nobody named; ``None`` when no column can be predicted.

    Columns of two classes come before numbers, and numbers before several classes: that is the
    order in which people have such tasks, and of what they cost. Of the first kind that can be
    learned, the column that a small decision tree predicts best (2,000 training rows, as many
    held-out ones); columns that it knows as good as entirely are copies of others and left out.
    Of wide tables 40 random columns are tried.
    """
    order = np.random.default_rng(comparison.seed).permutation(len(comparison.columns))
    tried_columns = [comparison.columns[i] for i in sorted(order[:_TRIED_COLUMNS])]
    tasks = [task_for(comparison, column, kind) for column in tried_columns]
    for suits in (_of_two, _of_numbers, _of_several):
        tried = [(_learnable(task), task) for task in tasks if suits(task) and not task.unfit]
        fit = [(found, task) for found, task in tried if _LEARNABLE[0] <= found <= _LEARNABLE[1]]
        if fit:
            return replace(max(fit, key=lambda pair: pair[0])[1], chosen=True)
    return None


_EMPTY = "Not measured: no training row has a value of “{}”; name another target."


def _known(column: pd.Series) -> pd.Series:
    return column.notna() if column.dtype.kind == "f" else column != MISSING


def _of_two(task: Task) -> bool:
    return len(task.classes) == 2


def _of_numbers(task: Task) -> bool:
    return not task.classes and task.target not in task.comparison.dates


def _of_several(task: Task) -> bool:
    return task.several and len(task.classes) < MAX_CLASSES


def _learnable(task: Task) -> float:
    """From 0 to 1, how well a small tree predicts the target: R², or twice the AUC less one."""
    sides = [task.labelled(side) for side in _halves(task.comparison)]
    if any(_too_few(task, truth) for _, truth in sides):
        return 0.0
    frames = [rows for rows, _ in sides]
    if not task.numeric and not task.categorical:
        return 0.0
    (x, judged), _ = feature_matrices(frames, task.numeric, task.categorical)
    (_, truth), (_, wanted) = sides
    return _tree_quality(task, x, truth, judged, wanted)


def _halves(comparison: Comparison) -> Iterator[pd.DataFrame]:
    """Real rows to learn from and others to be judged on."""
    train, other = comparison.train, comparison.holdout
    if not comparison.has_holdout:
        train, other = train.iloc[::2], train.iloc[1::2]
    for side in (train, other):
        yield drawn(side, _TRIED_ROWS, comparison.seed)


def _too_few(task: Task, truth: np.ndarray) -> bool:
    if not task.classes:
        return len(truth) < _LEAST_CLASS or np.ptp(truth) == 0
    counts = np.sort(np.bincount(truth, minlength=2))
    return bool(counts[-2] < _LEAST_CLASS)


def _tree_quality(
    task: Task, x: np.ndarray, truth: np.ndarray, judged: np.ndarray, wanted: np.ndarray
) -> float:
    limits = {"max_depth": 6, "min_samples_leaf": 10, "random_state": task.comparison.seed}
    if not task.classes:
        tree = DecisionTreeRegressor(**limits).fit(x, truth)
        return float(r2_score(wanted, tree.predict(judged)))
    tree = DecisionTreeClassifier(**limits).fit(x, truth)
    scores = np.zeros((len(judged), len(task.classes)))
    scores[:, tree.classes_] = tree.predict_proba(judged)
    return 2 * macro_auc(wanted, scores) - 1
