"""Do a model of the twin and a model of the real rows look at the same columns?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from domain.evaluation.bootstrap import drawn_again, interval95, plain
from domain.evaluation.predictors import Boosters, Predicted, fitted_boosters
from domain.evaluation.report import Score
from domain.evaluation.task import Task
from domain.evaluation.task_metrics import Metric, metrics_of
from domain.evaluation.titles import figure

MIN_COLUMNS = 3
"""Fewer have no order worth comparing."""

AGREEMENT = 0.7
"""A rank correlation that is called strong (Schober, Boer & Schwarte 2018)."""

OVERLAP = 0.6
TOP = 5

NOTHING = 0.005
"""Less AUC or R² lost with a column shuffled counts as none: such columns have no order."""

ALIKE = 0.01
"""Importances that differ by less are alike to a reader."""

_DRAWS = 100
_MOST_ROWS, _FEWEST_ROWS, _CELLS = 2_000, 500, 60_000

_SOURCE = "Permutation importance (Breiman 2001) on held-out rows, gradient boosting"
_AGREEMENT_SOURCE = f"{_SOURCE}; Spearman's correlation, strong from 0.7 (Schober et al. 2018)"
_OVERLAP_SOURCE = f"{_SOURCE}; the limit is this product's"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaning:
    """How much both models lean on one column."""

    twin: float
    real: float
    interval: tuple[float, float] | None
    """95 %, of the twin's."""
    difference: tuple[float, float] | None
    """95 %, of the twin's less the real one's on the same rows."""

    @property
    def sentence(self) -> str:
        """Whether the twin makes the column look as telling as it is, as far as rows tell."""
        more = max(self.twin, 0.0) - max(self.real, 0.0)
        if abs(more) < ALIKE:
            return "Both lean on it alike."
        if _holds(self.interval, self.real):
            return "That is as in real rows, as far as the rows tell."
        way = "more" if more > 0 else "less"
        if _holds(self.difference, 0.0):
            return f"The twin makes it look {way} telling; the rows cannot exclude chance."
        return f"The twin makes it look {way} telling than it is."


def _holds(interval: tuple[float, float] | None, value: float) -> bool:
    return interval is not None and interval[0] <= value <= interval[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Importances:
    """How much worse a model predicts once a column is shuffled."""

    values: np.ndarray
    """One a column: the loss of AUC or R²."""
    draws: np.ndarray
    """The same on resampled test rows (columns × draws)."""


def importance_scores(task: Task, boosters: Sequence[Boosters]) -> tuple[Score, ...]:
    """The importance of every column to both models, and how well the two agree.

    ``boosters`` were taught by the synthetic and by the training rows to predict the held-out.

    Of several classes those of the commonest against the rest. The baseline of the agreement is
    that of the real model with one of training rows drawn anew with replacement. Nothing is told
    without a holdout, or of fewer than three columns.
    """
    columns = task.numeric + task.categorical
    if not task.comparison.has_holdout or len(columns) < MIN_COLUMNS:
        return ()
    test, truth = task.labelled(task.comparison.reference)
    rows = _tested(task, truth, len(columns))
    metric = metrics_of(task, truth)[0]
    models = (*boosters, fitted_boosters(task, *_again(task), test, only=_only(task)))
    found = {
        side: _importances(task, model, rows, truth[rows], metric)
        for side, model in zip(("synthetic", "real", "again"), models, strict=True)
    }
    return (*_agreements(task, found), *_of_columns(task, columns, metric, found))


def _tested(task: Task, truth: np.ndarray, columns: int) -> np.ndarray:
    """Places of held-out rows to be predicted; of classes as many of the told one as of the rest,
    as far as there are: an AUC does not mind, and a rare class keeps its rows."""
    most = min(max(_CELLS // columns, _FEWEST_ROWS), _MOST_ROWS)
    order = np.random.default_rng(task.comparison.seed).permutation(len(truth))
    if task.classes:
        told = truth[order] == task.told
        rank = np.where(told, np.cumsum(told), np.cumsum(~told))
        order = order[np.argsort(rank, kind="stable")]
    return np.sort(order[:most])


def _again(task: Task) -> tuple[pd.DataFrame, np.ndarray]:
    """As many training rows, drawn with replacement."""
    train = task.comparison.train
    return task.labelled(train.sample(len(train), replace=True, random_state=task.comparison.seed))


def _only(task: Task) -> int | None:
    return task.told if task.several else None


def _importances(
    task: Task, model: Boosters, rows: np.ndarray, truth: np.ndarray, metric: Metric
) -> Importances:
    features = model.features[rows]
    asked = model if (only := _only(task)) is None else model.only(only)
    whole = asked.predict(features)
    said = [whole, *_without_each(asked, features, whole, task.comparison.seed)]

    def lost(counts: np.ndarray) -> np.ndarray:
        reached = [metric.measure(truth, _told(scores), counts) for scores in said]
        return np.asarray(reached[0] - np.array(reached[1:]))

    groups = truth == task.told if task.classes else np.zeros(len(truth), int)
    columns = len(task.numeric) + len(task.categorical)
    return Importances(
        values=_placed(plain(lost, len(truth)), model, columns),
        draws=_placed(drawn_again(lost, groups, task.comparison.seed, _DRAWS), model, columns),
    )


def _without_each(
    model: Boosters, features: np.ndarray, whole: np.ndarray, seed: int
) -> Iterator[np.ndarray]:
    """Predictions with each column shuffled; every model sees the same shuffling. Without a
    column that it does not lean on, a model predicts what it does with all (``whole``)."""
    order = np.random.default_rng(seed).permutation(len(features))
    telling = model.leaned_on
    for column in range(features.shape[1]):
        if column not in telling:
            yield whole
            continue
        shuffled = features.copy()
        shuffled[:, column] = shuffled[order, column]
        yield model.predict(shuffled)


def _told(scores: np.ndarray) -> Predicted:
    empty = np.empty(0, int)
    return Predicted(scores=scores, likeliest=empty, decided=empty)


def _placed(of_known: np.ndarray, model: Boosters, columns: int) -> np.ndarray:
    """Importances of all columns: those that the model never knew have none."""
    found = np.zeros((columns, *of_known.shape[1:]))
    found[list(model.places)] = of_known
    return found


def agreement(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Spearman's correlation of importances (columns, or columns × draws), those below
    :data:`NOTHING` being equal; NaN where one side has no order."""
    told = [np.where(side < NOTHING, 0.0, side) for side in (one, other)]
    ranks = [rankdata(side, axis=0) for side in told]
    a, b = (r - r.mean(axis=0) for r in ranks)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (a * b).sum(axis=0) / np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    return np.asarray(value)


def overlap(one: np.ndarray, other: np.ndarray, top: int) -> float:
    """The share of the ``top`` columns of one side that are among those of the other."""
    tops = [set(np.argsort(-side, kind="stable")[:top].tolist()) for side in (one, other)]
    return len(tops[0] & tops[1]) / top


def _agreements(task: Task, found: Mapping[str, Importances]) -> Iterator[Score]:
    synthetic, real, again = (found[side] for side in ("synthetic", "real", "again"))
    value, among_real = (float(agreement(side.values, real.values)) for side in (synthetic, again))
    interval = interval95(agreement(synthetic.draws, real.draws))
    yield task.comparison.score(
        "utility.importance_agreement",
        value,
        _agreement_sentence(task, value, interval, among_real),
        scope=f"column:{task.target}",
        interval=interval,
        baseline=among_real,
        threshold=AGREEMENT,
        source=_AGREEMENT_SOURCE,
    )
    top = min(TOP, (len(real.values) + 1) // 2)
    shared, shared_real = (overlap(s.values, real.values, top) for s in (synthetic, again))
    yield task.comparison.score(
        "utility.importance_overlap",
        shared,
        f"Of the {top} columns that matter most for “{task.target}” to a model of the real rows, "
        f"{round(shared * top)} are among the {top} of a model of the twin (of other real rows: "
        f"{round(shared_real * top)}). {_trust(shared >= min(OVERLAP, shared_real))}",
        scope=f"column:{task.target}",
        baseline=shared_real,
        threshold=OVERLAP,
        source=_OVERLAP_SOURCE,
    )


def _agreement_sentence(
    task: Task, value: float, interval: tuple[float, float] | None, among_real: float
) -> str:
    if not np.isfinite(value) or interval is None:
        return (
            f"Not measured: one of the models of “{task.target}” looks at no column at all, so "
            "there is no order to compare. Choose a target that can be predicted."
        )
    return (
        f"Models of the twin and of the real rows order the columns they predict “{task.target}” "
        f"from alike by {value:.2f} (1 is the same order, 0 none; two models of real rows: "
        f"{among_real:.2f}). "
        + (_UNSURE if interval[0] <= 0 < value else _trust(value >= min(AGREEMENT, among_real)))
    )


_UNSURE = "The held-out rows cannot tell whether that is chance: do not rely on it."


def _trust(agree: bool) -> str:
    if agree:
        return "What the twin says about which columns matter can be believed."
    return "Do not read from the twin which columns matter; see the columns below."


def _of_columns(
    task: Task, columns: list[str], metric: Metric, found: Mapping[str, Importances]
) -> Iterator[Score]:
    synthetic, real = found["synthetic"], found["real"]
    for place, column in enumerate(columns):
        value, baseline = float(synthetic.values[place]), float(real.values[place])
        told = Leaning(
            twin=value,
            real=baseline,
            interval=interval95(synthetic.draws[place]),
            difference=interval95(synthetic.draws[place] - real.draws[place]),
        )
        yield task.comparison.score(
            "utility.importance",
            value,
            f"With “{column}” shuffled, a model of the twin loses "
            f"{figure('utility.importance', value)} {metric.words} in “{task.target}”, a model of "
            f"the real rows {figure('utility.importance', baseline)}. "
            f"{told.sentence}",
            scope=f"column:{column}",
            interval=told.interval,
            baseline=baseline,
            source=_SOURCE,
        )
