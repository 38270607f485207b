"""How well a task is predicted: the usual measures, on rows that may be drawn several times.

Each takes truth, predictions and counts (rows × draws: how often a row was drawn) and gives one
value a draw, equal to scikit-learn's on the repeated rows. Written on counts, since a loop over
resamples takes a hundred times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from domain.evaluation.predictors import Predicted
from domain.evaluation.task import Task

IMBALANCED = 0.2
"""Where the rarest answer is a smaller share than this, accuracy says little, and balanced
accuracy is told beside it."""

Truth = np.ndarray
Counts = np.ndarray
Measured = np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measure of a prediction."""

    name: str
    """As in ``utility.<name>``."""
    words: str
    measure: Callable[[Truth, Predicted, Counts], Measured]
    blind: Callable[[Truth], float]
    """What is reached without looking at any column."""
    of: str = ""
    """Of which answers, for a sentence; empty where it is plain."""
    limit: float = -0.03
    """The least gap (the change in shares, of an error) that is as good as real for most work."""

    @property
    def is_error(self) -> bool:
        """Whether less is better."""
        return self.name in ("rmse", "mae")


def metrics_of(task: Task, truth: Truth) -> tuple[Metric, ...]:
    """The measures of a task, the leading one first."""
    if not task.classes:
        return _OF_NUMBERS
    return tuple(_of_classes(task, truth))


def _of_classes(task: Task, truth: Truth) -> Iterator[Metric]:
    several = task.several
    yield Metric(
        name="auc",
        words="AUC",
        measure=partial(_auc_of, task.told),
        blind=lambda _: 0.5,
        of="its commonest class against the rest" if several else "",
    )
    averaged = "each class against the rest, on average" if several else ""
    if several:
        yield Metric(
            name="macro_auc", words="AUC", measure=_macro_auc, blind=lambda _: 0.5, of=averaged
        )
    yield Metric(
        name="average_precision",
        words="average precision",
        measure=_average_precision,
        blind=_prevalence,
        of=averaged or "its rarer class",
    )
    yield Metric(
        name="f1",
        words="macro F1",
        measure=_macro_f1,
        blind=_blind_f1,
        of="" if several else "threshold set on a fifth of the rows learned from",
    )
    yield Metric(
        name="accuracy", words="accuracy", measure=_accuracy, blind=_majority, of="likeliest class"
    )
    if _is_imbalanced(truth):
        yield Metric(
            name="balanced_accuracy",
            words="balanced accuracy",
            measure=_balanced_accuracy,
            blind=lambda t: 1 / len(np.unique(t)),
            of="mean over its classes",
        )


def _is_imbalanced(truth: Truth) -> bool:
    counts = np.unique(truth, return_counts=True)[1]
    return bool(counts.min() / counts.sum() < IMBALANCED / max(len(counts) - 1, 1))


def weighted_auc(positive: np.ndarray, scores: np.ndarray, counts: Counts) -> Measured:
    """The chance that a positive row scores above a negative one, ties counted half; NaN for
    draws without one of both."""
    right, wrong = _by_score(positive, scores, counts)
    above = np.cumsum(wrong, axis=0) - wrong / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        value: Measured = (right * above).sum(0) / (right.sum(0) * wrong.sum(0))
    return value


def weighted_precision(positive: np.ndarray, scores: np.ndarray, counts: Counts) -> Measured:
    """Average precision: precision at each threshold, weighted by the recall it adds."""
    right, wrong = _by_score(positive, -scores, counts)
    found = np.cumsum(right, axis=0)
    drawn = found + np.cumsum(wrong, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(drawn > 0, found / drawn, 0.0)
        value: Measured = (right * precision).sum(0) / right.sum(0)
    return value


def _by_score(
    positive: np.ndarray, scores: np.ndarray, counts: Counts
) -> tuple[np.ndarray, np.ndarray]:
    """How many positive and negative rows have each score, in its order (scores × draws)."""
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    drawn, is_positive = counts[order], positive[order][:, None]
    right, wrong = drawn * is_positive, drawn * ~is_positive
    if len(starts) == len(ranked):
        return right, wrong
    return np.add.reduceat(right, starts, axis=0), np.add.reduceat(wrong, starts, axis=0)


def _auc_of(told: int, truth: Truth, said: Predicted, counts: Counts) -> Measured:
    return weighted_auc(truth == told, said.scores[:, told], counts)


def _over_classes(
    measure: Callable[[np.ndarray, np.ndarray, Counts], Measured],
    truth: Truth,
    said: Predicted,
    counts: Counts,
) -> Measured:
    """The mean over the classes that occur."""
    values = [measure(truth == c, said.scores[:, c], counts) for c in np.unique(truth)]
    return np.asarray(np.mean(values, axis=0))


def _macro_auc(truth: Truth, said: Predicted, counts: Counts) -> Measured:
    return _over_classes(weighted_auc, truth, said, counts)


def _average_precision(truth: Truth, said: Predicted, counts: Counts) -> Measured:
    if said.scores.shape[1] == 2:
        return weighted_precision(truth == 1, said.scores[:, 1], counts)
    return _over_classes(weighted_precision, truth, said, counts)


def _sums(rows: np.ndarray, counts: Counts) -> np.ndarray:
    """Sums of columns of ``rows`` over what was drawn (columns × draws)."""
    return np.asarray(rows.T.astype(float) @ counts)


def _macro_f1(truth: Truth, said: Predicted, counts: Counts) -> Measured:
    classes = np.union1d(truth, said.decided)
    true, called = truth[:, None] == classes, said.decided[:, None] == classes
    both, either = _sums(true & called, counts), _sums(true, counts) + _sums(called, counts)
    return np.asarray(np.mean(2 * both / np.maximum(either, 1e-9), axis=0))


def _accuracy(truth: Truth, said: Predicted, counts: Counts) -> Measured:
    right = (truth == said.likeliest)[:, None]
    return np.asarray(_sums(right, counts)[0] / counts.sum(0))


def _balanced_accuracy(truth: Truth, said: Predicted, counts: Counts) -> Measured:
    true = truth[:, None] == np.unique(truth)
    right = true & (truth == said.decided)[:, None]
    return np.asarray(np.mean(_sums(right, counts) / np.maximum(_sums(true, counts), 1e-9), axis=0))


def _shares(truth: Truth) -> np.ndarray:
    return np.asarray(np.unique(truth, return_counts=True)[1] / len(truth))


def _majority(truth: Truth) -> float:
    return float(_shares(truth).max())


def _blind_f1(truth: Truth) -> float:
    """Always the commonest class: its F1, over the number of classes."""
    share = _majority(truth)
    return float(2 * share / (1 + share) / len(_shares(truth)))


def _prevalence(truth: Truth) -> float:
    """Of two classes the share of the second; of several the mean share."""
    classes = np.unique(truth)
    return float(np.mean(truth == 1)) if len(classes) == 2 else 1 / len(classes)


def _r2(truth: Truth, said: Predicted, counts: Counts) -> Measured:
    drawn = counts.sum(0)
    centred = truth - truth.mean()  # large numbers lose their digits when squared
    sums = _sums(np.column_stack([(truth - said.scores) ** 2, centred, centred**2]), counts)
    with np.errstate(invalid="ignore", divide="ignore"):
        value: Measured = 1 - sums[0] / (sums[2] - sums[1] ** 2 / drawn)
    return value


def _rmse(truth: Truth, said: Predicted, counts: Counts) -> Measured:
    squares = ((truth - said.scores) ** 2)[:, None]
    return np.asarray(np.sqrt(_sums(squares, counts)[0] / counts.sum(0)))


def _mae(truth: Truth, said: Predicted, counts: Counts) -> Measured:
    off = np.abs(truth - said.scores)[:, None]
    return np.asarray(_sums(off, counts)[0] / counts.sum(0))


_OF_NUMBERS = (
    Metric(name="r2", words="R²", measure=_r2, blind=lambda _: 0.0),
    Metric(name="rmse", words="RMSE", measure=_rmse, blind=lambda t: float(np.std(t)), limit=0.05),
    Metric(
        name="mae",
        words="mean absolute error",
        measure=_mae,
        blind=lambda t: float(np.mean(np.abs(t - np.median(t)))),
        limit=0.05,
    ),
)
